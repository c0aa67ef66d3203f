"""Shape and type of features."""

from __future__ import annotations

import numpy as np

from truing.errors import DataError
from truing.tasks import Task


def check_shape(found: np.ndarray, name: str, task: Task) -> None:
    """Check the shape and type of the features of a task.

    Raises:
        DataError: another shape than (N, D), or (N, K, D) if items have their own choices, or
            values that are not numbers.
    """
    own_choices = task.kind != "classification"
    shape = (len(task), len(task.choices)) if own_choices else (len(task),)
    if found.ndim != len(shape) + 1 or found.shape[:-1] != shape or found.shape[-1] < 1:
        wanted = ", ".join(str(n) for n in shape)
        raise DataError(
            f"features {name!r} have shape {found.shape}; the shape for {task.name} must be "
            f"({wanted}, columns)"
        )
    if found.dtype.kind not in "iuf":
        raise DataError(
            f"features {name!r} have values of type {found.dtype}; the values must be integers or "
            "floats"
        )


def no_rows_for(name: str, home: Task, other: Task) -> DataError:
    """Error for an array whose rows are the items of one task, if another task needs features."""
    return DataError(
        f"features {name!r} are an array for the items of {home.name}, so they cannot be tested on "
        f"{other.name}; make the vectors the inputs of both tasks (field 'vector', or arrays X, y) "
        "and use pixels"
    )
