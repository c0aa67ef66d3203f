"""Apart: which items of a task are items of no other task."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from truing.tasks._notes import content_of
from truing.tasks._task import Task


def apart_from(task: Task, others: Iterable[Task]) -> np.ndarray:
    """(N,) whether no other task has an item with the content of an item.

    Args:
        task: the task.
        others: the other tasks.

    Examples:
        >>> import truing
        >>> from truing.tasks import apart_from
        >>> digits, parity = (truing.load_task(name).task for name in ("digits", "digits-parity"))
        >>> apart_from(digits, [parity]).any()
        np.False_
    """
    known = {content_of(one, at) for one in others for at in range(len(one))}
    return np.array([content_of(task, at) not in known for at in range(len(task))])
