"""Features: arrays that a feature map computes from the inputs of a task, without ground truth.

A feature map receives the inputs of every item of a task (learning, test and sealed items) and no
labels. The built-in maps that are fitted to data (pca, nystroem, spectral, lsa) are transductive.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, runtime_checkable

import numpy as np

from truing.errors import DataError, TruingError
from truing.failure import failure_line
from truing.registry import Registry
from truing.students.features._shape import check_shape
from truing.tasks import Task

FeatureMap = Callable[[Task], np.ndarray]
"""Task -> (N, D) features, or (N, K, D) if items have their own choices.

If items differ in their number of choices, the rows of absent choices are NaN."""


@runtime_checkable
class FittedFeatures(Protocol):
    """A feature map that is fitted to the items of a task, such as principal components."""

    def __call__(self, task: Task) -> np.ndarray:
        """Features of the items to which the map is fitted."""

    def fitted_on(self, home: Task, other: Task) -> np.ndarray:
        """Features of the items of another task, by the map that is fitted to the items of home.

        Raises:
            DataError: the map cannot be applied to other items.
        """


FEATURES: Registry[FeatureMap] = Registry("features", "truing.students.features", callable)
"""All registered features."""


def features(form: str) -> Callable[[Callable[..., FeatureMap]], Callable[..., FeatureMap]]:
    """Decorator that registers features. The docstring's first line is their description.

    The decorated function takes the arguments and returns a function from a task to an array.

    Args:
        form: name, with the arguments that it carries: `pca-{size:K}`.

    Examples:
        >>> import truing
        >>> @truing.features("brightness")
        ... def brightness():
        ...     "Mean brightness of each image."
        ...     return lambda task: task.inputs.mean(axis=(1, 2))[:, None]
        >>> brightness()(truing.load_task("digits").task).shape
        (1797, 1)
    """
    return FEATURES.register(form)


LIMIT = 1e30  # bound on absolute values, well below the overflow of float32
TAKES_TASK = "; the function receives a Task: use task.texts, task.inputs or task.items"


def extract(feature_map: FeatureMap, name: str, task: Task) -> np.ndarray:
    """Run a feature map and check its result; float32.

    Raises:
        DataError: the map failed, or returned a wrong shape or values that are not finite numbers.

    Examples:
        >>> from truing.students.features import FEATURES, extract
        >>> from truing.tasks import load_task
        >>> task = load_task("digits").task
        >>> extract(FEATURES.build("pca-4").value, "pca-4", task).shape
        (1797, 4)
    """
    try:
        found = np.asarray(feature_map(task))
    except TruingError:
        raise
    except Exception as error:  # a plugin may raise anything; the message names the plugin
        mistaken = isinstance(error, TypeError | AttributeError) and "Task" in str(error)
        hint = TAKES_TASK if mistaken else ""
        raise DataError(f"features {name!r} failed: {failure_line(error)}{hint}") from error
    check_shape(found, name, task)
    if found.dtype.itemsize < 4:
        found = found.astype(np.float32)  # LIMIT is too large for half precision
    present = np.True_ if task.absent is None else ~task.absent[:, :, None]
    fit = np.abs(found) < LIMIT
    if not fit.all(where=present):
        fit = (fit | ~present).reshape(len(task), -1).all(axis=1)
        raise DataError(
            f"features {name!r} have values that are not finite or not below {LIMIT:g}, for "
            f"{int((~fit).sum())} of {len(task)} items, such as {task.ids[int(fit.argmin())]!r}"
        )
    if task.absent is not None:
        found = np.where(present, found, np.float32(np.nan))
    return np.ascontiguousarray(found, np.float32)


def flat_inputs(task: Task, name: str) -> np.ndarray:
    """Images or vectors of a task as rows (N, columns), float64.

    Raises:
        DataError: the inputs of the task are texts.
    """
    if task.medium == "texts":
        raise DataError(
            f"features {name!r} need images or vectors, but {task.name} contains texts; "
            "use lsa-K, or file:PATH.npy for activations"
        )
    return task.inputs.reshape(len(task), -1).astype(np.float64)


def flat_inputs_like(home: Task, other: Task, name: str) -> np.ndarray:
    """`flat_inputs` of another task, which must have as many columns as those of home.

    Raises:
        DataError: the inputs are texts, or have another size.
    """
    inputs, wanted = flat_inputs(other, name), home.inputs.shape[1:]
    if other.inputs.shape[1:] != wanted:
        raise DataError(
            f"features {name!r} are fitted to inputs of shape {wanted} of {home.name}; the inputs "
            f"of {other.name} have shape {other.inputs.shape[1:]}"
        )
    return inputs


def check_size(name: str, size: int, largest: int) -> None:
    """Raise DataError if a map cannot have the number of columns in its name."""
    if not 1 <= size <= largest:
        raise DataError(
            f"{name}-{size}: the number of columns must be 1 to {largest} on this task, got {size}"
        )
