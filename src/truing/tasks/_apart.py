"""Apart: which items of a task are not among the test items of other tasks."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from truing.tasks._notes import content_of
from truing.tasks._source import Source
from truing.tasks._task import Task


def apart_from(task: Task, tested: Iterable[Source]) -> np.ndarray:
    """(N,) whether no test item of other tasks has the content of an item.

    Args:
        task: the task.
        tested: the other tasks.

    Examples:
        >>> import truing
        >>> from truing.tasks import apart_from
        >>> parity = truing.load_task("digits-parity")
        >>> apart = apart_from(truing.load_task("digits").task, [parity])
        >>> len(apart) - apart.sum() == len(parity.splits(0).test)
        np.True_
    """
    known = {content_of(one.task, at) for one in tested for at in one.splits(0).test}
    return np.array([content_of(task, at) not in known for at in range(len(task))])
