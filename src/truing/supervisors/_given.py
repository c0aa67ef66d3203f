"""Given objects as supervisors of a study: label arrays, functions and weak models."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from inspect import signature
from typing import Any, TypeAlias

import numpy as np

from truing.errors import DataError, TruingError, UserError
from truing.failure import failure_line
from truing.functions import function_name, is_function, keep_function, load_function, takes
from truing.given import GivenObject, as_array, keep_array, read_array, several, shortened
from truing.students import Estimator, EstimatorStudent, give_student
from truing.students.features import FEATURES
from truing.supervisors._labels import labels_of
from truing.supervisors._supervisor import SUPERVISORS, Labeler, check_labels
from truing.tasks import Item, Task

MANY = 20  # a list with more texts, most of them repeated, contains labels
FORM = "a supervisor is a function of the sequence of all items that returns their labels"

SupervisorLike: TypeAlias = (
    str | np.ndarray | Callable[[Sequence[Item]], Any] | Estimator | EstimatorStudent
)
"""A supervisor as a user passes it: a name, a label array, a function from items to labels, or an
estimator that is trained on the supervise split."""

SupervisorsLike: TypeAlias = (
    SupervisorLike | Sequence[SupervisorLike] | Mapping[str, SupervisorLike]
)
"""Supervisors as a user passes them: one, a list, or a dict with a name for each object."""


def give_supervisors(given: object) -> list[str]:
    """Specifications of the supervisors that a user gave, as names or objects.

    Raises:
        UserError: an object that cannot be a supervisor.

    Examples:
        >>> import numpy as np
        >>> from truing.supervisors import give_supervisors
        >>> give_supervisors(["pca-4", {"my labels": np.array([0, 1, 1])}])
        ['pca-4', 'my-labels@09bb42c999b2']
    """
    names = [one for one in given if isinstance(one, str)] if isinstance(given, list) else []
    if len(names) > max(MANY, 2 * len(set(names))):
        raise UserError(
            f"weak: a list of texts names supervisors, got {shortened(names)}; pass labels as an "
            "array: np.array(labels)"
        )
    return [_give(one, name) for name, one in several(given, "weak")]


def _give(given: object, name: str) -> str:
    if registered := SUPERVISORS.given(given):
        return str(FEATURES.given(registered))
    if isinstance(given, EstimatorStudent) or hasattr(given, "fit") or FEATURES.given(given):
        return give_student(given, name, "weak")
    if isinstance(given, Labeler):
        return keep_function(given, name or function_name(given.label))
    if (array := as_array(given, "weak")) is not None:
        return keep_array(name or "labels", array)
    if callable(given):
        if not takes(given, 1):
            raise UserError(
                f"weak: {function_name(given)}{signature(given)} is no supervisor; {FORM}"
            )
        return keep_function(given, name or None)
    raise UserError(
        f"weak must be a name, a label array, a function of items, an estimator or a list of "
        f"these, got {shortened(given)}"
    )


def adapt_supervisor(given: GivenObject) -> Callable[[], Labeler]:
    """Factory of the labeler of a given label array, function or `Labeler`."""
    if not is_function(given):
        return lambda: _in_order(read_array(given), given.name)
    loaded = load_function(given)
    return lambda: loaded if isinstance(loaded, Labeler) else _of_items(loaded, given.name)


def _in_order(array: np.ndarray, name: str) -> Labeler:
    """Labeler of an array whose rows are in the order of the items."""

    def label(task: Task, truth: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        del truth, rng  # the labels are given
        return labels_of(array, task, name)

    def check(task: Task) -> None:
        check_labels(labels_of(array, task, name), task, name)

    return Labeler(label, check=check, once=True)


def _of_items(function: Callable[[Sequence[Item]], Any], name: str) -> Labeler:
    """Labeler of a function that receives the items without their ground truth."""

    def label(task: Task, truth: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        del truth, rng  # a function of the items receives neither
        try:
            found = function(task.items)
        except TruingError:
            raise
        except Exception as error:  # a user's function may raise anything; the message names it
            raise DataError(f"supervisor {name!r} failed: {failure_line(error)}; {FORM}") from error
        if found is None:
            raise DataError(f"supervisor {name!r} returned None; {FORM}")
        return labels_of(np.asarray(found), task, name)

    return Labeler(label, heavy=True, once=True)


SUPERVISORS.adapt = adapt_supervisor
