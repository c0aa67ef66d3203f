"""Labels that a user gives as an array, or that a user's function returns."""

from __future__ import annotations

import numpy as np

from truing.errors import DataError
from truing.given import as_array
from truing.tasks import Task, TruthRule, find_choice


def labels_of(found: np.ndarray, task: Task, name: str) -> np.ndarray:
    """Labels that a user gave as probabilities (N, k).

    Args:
        found: (N, k) probabilities, or (N,) choices: names, or indices from 0. If the names of all
            choices are numbers, an integer is a name.
        task: the task, whose items determine the order of the rows.
        name: name of the supervisor, for messages.

    Raises:
        DataError: a wrong shape or type, or a choice that the item does not have.

    Examples:
        >>> import numpy as np
        >>> from truing.supervisors import labels_of
        >>> from truing.tasks import load_task
        >>> task = load_task("digits").task
        >>> labels_of(np.full(len(task), "7"), task, "always seven")[0].argmax()
        np.int64(7)
    """
    array = as_array(found, f"supervisor {name!r}")
    assert array is not None, "an array has __array__"
    if array.shape == (len(task), len(task.choices)) and array.dtype.kind in "iuf":
        return array if task.absent is None else np.where(task.absent, 0, array)
    if array.shape != (len(task),) or array.dtype.kind not in "iuUb":
        raise DataError(
            f"supervisor {name!r}: labels have shape {array.shape} and type {array.dtype}; "
            f"{task.name} needs ({len(task)}, {len(task.choices)}) probabilities, or "
            f"({len(task)},) names or indices of choices, in the order of the items"
        )
    labels = np.zeros((len(task), len(task.choices)))
    number = array.dtype.kind != "U" and not all(map(_is_number, task.choices))
    rule = TruthRule("index" if number else "name")
    for own, item, one in zip(labels, task.items, array.tolist(), strict=True):
        value = int(one) if number else str(one)
        where = f"supervisor {name!r}, item {item.id!r}"
        own[find_choice(where, value, item.choices, rule, field="label")] = 1
    return labels


def _is_number(name: str) -> bool:
    return name.lstrip("-").isdecimal()
