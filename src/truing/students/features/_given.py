"""Given objects as features: arrays in the order of a task's items, and functions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from inspect import signature
from typing import Any, NoReturn, TypeAlias

import numpy as np

from truing.errors import UserError
from truing.functions import function_name, is_function, keep_function, load_function, takes
from truing.given import GivenObject, as_array, keep_array, read_array, shortened
from truing.registry import Built
from truing.students.features._features import FEATURES, FeatureMap
from truing.students.features._shape import check_shape, no_rows_for
from truing.tasks import Task

FeaturesLike: TypeAlias = str | np.ndarray | Callable[[Task], Any]
"""Features as a user passes them: a name, an array, or a function from a task to an array."""


@dataclass(frozen=True)
class GivenFeatures:
    """Feature map of a given array, whose rows are in the order of the items.

    Attributes:
        name: name for messages.
        array: (N, D), or (N, K, D) if items have their own choices.
    """

    name: str
    array: np.ndarray

    def check(self, task: Task) -> None:
        """Raise DataError if the array cannot be the features of a task."""
        check_shape(self.array, self.name, task)

    def __call__(self, task: Task) -> np.ndarray:
        """The array; `extract` checks its shape and values."""
        return self.array

    def refuse_other(self, home: Task, other: Task) -> NoReturn:
        """Raise DataError: the array has no rows for the items of another task."""
        raise no_rows_for(self.name, home, other)


def reads_texts(features: Built[FeatureMap]) -> bool:
    """Whether features are computed from the items; False for arrays in the order of the items.

    Examples:
        >>> from truing.students.features import FEATURES, reads_texts
        >>> reads_texts(FEATURES.build("lsa-8")), reads_texts(FEATURES.build("file:acts.npy"))
        (True, False)
    """
    return not (features.factory == "file" or isinstance(features.value, GivenFeatures))


def adapt_features(given: GivenObject) -> Callable[[], Callable[[Task], Any]]:
    """Factory of the feature map that a given array or function is."""
    if is_function(given):
        return lambda: load_function(given)
    return lambda: GivenFeatures(given.name, read_array(given))


def give_features(given: object, name: str = "", field: str = "features") -> str:
    """Specification of the features that a user gave.

    Args:
        given: a name, an array, or a function from a task to an array.
        name: name in tables; by default `features`, or the name of the function.
        field: field that the object was given for, for messages.

    Raises:
        UserError: an object that cannot be features.

    Examples:
        >>> from truing.students.features import give_features
        >>> def brightness(task):
        ...     return task.inputs.mean(axis=(1, 2))[:, None]
        >>> give_features(brightness).partition("@")[0]
        'brightness'
    """
    if registered := FEATURES.given(given):
        return registered
    if (array := as_array(given, field)) is not None:
        return keep_array(name or "features", array)
    if callable(given):
        if not takes(given, 1):
            raise UserError(
                f"{field}: {function_name(given)}{signature(given)} is no map of features; it must "
                "be a function of a task that returns an array"
            )
        return keep_function(given, name or None)
    raise UserError(
        f"{field} must be a name, an array or a function of a task, or a list of these, "
        f"got {shortened(given)}"
    )


FEATURES.adapt = adapt_features
