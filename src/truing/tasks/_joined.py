"""Joined tasks: items of several tasks, for a model that reads all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from truing.tasks._task import Task


def join_tasks(first: Task, others: Sequence[Task]) -> Task:
    """Items of several tasks as one task, in their order. It has no splits.

    Args:
        first: the task whose name, classes and license remain.
        others: tasks of the same kind.

    Examples:
        >>> from truing.tasks import join_tasks, load_task
        >>> digits = load_task("digits").task
        >>> len(join_tasks(digits, [digits])) == 2 * len(digits)
        True
    """
    choices = max((one.choices for one in (first, *others)), key=len)
    items = [item for one in others for item in one.items]
    return replace(first, items=(*first.items, *items), choices=choices, roles=None)
