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
            choices are numbers, an integer is a name. True and False are the choices `true` and
            `false`, or else the indices 1 and 0. Floats must be integers.
        task: the task, whose items determine the order of the rows.
        name: name of the supervisor, for messages.

    Raises:
        DataError: a wrong shape or type, a missing label, or a choice that the item does not have.

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
    if array.shape != (len(task),) or array.dtype.kind not in "iufUb":
        raise DataError(
            f"supervisor {name!r}: labels have shape {array.shape} and type {array.dtype}; "
            f"{task.name} needs ({len(task)}, {len(task.choices)}) probabilities, or "
            f"({len(task)},) names or indices of choices, in the order of the items"
        )
    if array.dtype.kind == "f":
        array = _as_integers(array, task, name)
    by_name = array.dtype.kind == "U" or all(map(_is_number, task.choices))
    if array.dtype.kind == "b":
        by_name = set(task.choices) <= {"true", "false"}
        array = np.where(array, "true", "false") if by_name else array.astype(int)
    _check_names(array, task, name, by_name)
    labels = np.zeros((len(task), len(task.choices)))
    rule = TruthRule("name" if by_name else "index")
    for own, item, one in zip(labels, task.items, array.tolist(), strict=True):
        where = f"supervisor {name!r}, item {item.id!r}"
        value = str(one) if by_name else one
        own[find_choice(where, value, item.choices, rule, field="label")] = 1
    return labels


def _as_integers(array: np.ndarray, task: Task, name: str) -> np.ndarray:
    """A vector of floats that are integers, as integers.

    Raises:
        DataError: a missing label, or a label that is no integer, such as a probability.
    """
    if np.isnan(array).any():
        missing = task.ids[int(np.flatnonzero(np.isnan(array))[0])]
        raise DataError(
            f"supervisor {name!r}: the label of item {missing!r} is missing (NaN); give equal "
            "probabilities to an item without a label, or use recorded:FILE"
        )
    if (array % 1 != 0).any():
        raise DataError(
            f"supervisor {name!r}: labels are a vector of floats such as {array[array % 1 != 0][0]}"
            f"; probabilities need the shape ({len(task)}, {len(task.choices)}), one column for "
            f"each of {', '.join(task.choices[:6])}; for the probability p of the second of two "
            "choices: np.column_stack([1 - p, p])"
        )
    return array.astype(int)


def _check_names(array: np.ndarray, task: Task, name: str, by_name: bool) -> None:
    """Raise DataError for indices of choices where an integer is the name of a choice."""
    if not (by_name and array.dtype.kind in "iu"):
        return
    if not set(map(str, array.tolist())) <= set(task.choices) and (
        array.min() >= 0 and array.max() < len(task.choices)
    ):
        listed = ", ".join(task.choices[:6])
        raise DataError(
            f"supervisor {name!r}: the labels look like indices, but the choices of {task.name} "
            f"are numbers ({listed}), so that an integer names a choice; pass "
            "np.array(choices)[labels]"
        )


def _is_number(name: str) -> bool:
    return name.lstrip("-").isdecimal()
