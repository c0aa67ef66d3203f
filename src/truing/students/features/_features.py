"""Features: what a model of some capability makes of the items, without their truth.

A feature map sees the inputs of every item of a task, learning, test and sealed alike, and no
label: the built-in maps that are fitted at all (pca, nystroem, spectral, lsa) are transductive.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from truing.errors import DataError, TruingError
from truing.registry import Registry
from truing.tasks import Task

FeatureMap = Callable[[Task], np.ndarray]
"""Task -> (N, D) features, or (N, K, D) where every item brings its own choices.

Where items differ in their number of choices, the rows of absent choices are NaN."""

FEATURES: Registry[FeatureMap] = Registry("features", "truing.students.features", callable)
features = FEATURES.register

LIMIT = 1e30  # float32 overflows above, and no honest activation is that large


def extract(feature_map: FeatureMap, name: str, task: Task) -> np.ndarray:
    """Run a feature map and check what it returns; float32.

    Raises:
        DataError: another number of rows than items, another shape, or numbers that are not finite.
    """
    try:
        found = np.asarray(feature_map(task))
    except TruingError:
        raise
    except Exception as error:  # a plugin may fail in any way; the user must learn which one did
        told = " ".join(str(error).split())
        raise DataError(f"features {name!r} failed: {type(error).__name__}: {told}") from error
    own_choices = task.kind != "classification"
    shape = (len(task), len(task.choices)) if own_choices else (len(task),)
    if found.ndim != len(shape) + 1 or found.shape[:-1] != shape or found.shape[-1] < 1:
        wanted = ", ".join(str(n) for n in shape)
        raise DataError(
            f"features {name!r} have shape {found.shape}; {task.name} needs ({wanted}, columns)"
        )
    if found.dtype.kind not in "iuf":
        raise DataError(
            f"features {name!r} have values of the type {found.dtype}; allowed are real numbers "
            "(integers or floats)"
        )
    if found.dtype.itemsize < 4:
        found = found.astype(np.float32)  # the limit does not fit into half precision
    present = np.True_ if task.absent is None else ~task.absent[:, :, None]
    if not (np.abs(found) < LIMIT).all(where=present):
        raise DataError(
            f"features {name!r} have values that are not finite, or not below {LIMIT:g}"
        )
    if task.absent is not None:
        found = np.where(present, found, np.float32(np.nan))
    return np.ascontiguousarray(found, np.float32)


def flat_inputs(task: Task, name: str) -> np.ndarray:
    """Images or vectors of a task as rows (N, columns) float64.

    Raises:
        DataError: the task's inputs are texts.
    """
    if task.medium == "texts":
        raise DataError(
            f"features {name!r} need images or vectors, and {task.name} holds texts; "
            "use lsa-K, or file:PATH.npy for activations"
        )
    return task.inputs.reshape(len(task), -1).astype(np.float64)


def check_size(name: str, size: int, largest: int) -> None:
    """Raise DataError where a map cannot have as many columns as its name says."""
    if not 1 <= size <= largest:
        raise DataError(f"{name}-{size}: the number must be between 1 and {largest} on this task")
