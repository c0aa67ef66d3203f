"""Given objects as features: arrays in the order of a task's items."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from truing.given import GivenObject, as_array, keep_array, read_array
from truing.students.features._shape import check_shape
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


def adapt_features(given: GivenObject) -> Callable[[], Callable[[Task], np.ndarray]]:
    """Factory of the feature map that a given object is."""
    return lambda: GivenFeatures(given.name, read_array(given))


def give_features(given: object, name: str = "", field: str = "features") -> str | None:
    """Specification of the features that a user gave; None for an object that is no features.

    Args:
        given: a name or an array.
        name: name in tables; by default `features`.
        field: field that the object was given for, for messages.
    """
    if isinstance(given, str):
        return given
    array = as_array(given, field)
    return None if array is None else keep_array(name or "features", array)
