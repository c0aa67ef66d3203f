"""Copied: a task with a changed copy of each item, such as the item with a trigger."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from truing.errors import DataError
from truing.tasks._item import Item
from truing.tasks._joined import join_tasks
from truing.tasks._source import Source
from truing.tasks._task import Task


@dataclass(frozen=True, eq=False)
class Copied:
    """The two halves of a task with copies.

    Attributes:
        original: the N items without the change.
        copies: a copy of each with the change, in the same order and the same cluster.
    """

    original: Task
    copies: Task

    def originals(self, items: np.ndarray) -> np.ndarray:
        """(n,) indices of the originals of some items and copies."""
        return items % len(self.original)


def with_copies(source: Source, inputs: np.ndarray, change: str) -> Source:
    """A source of the items, and then a copy of each with other inputs and the same ground truth.

    The division is that of the items, so no copy belongs to a split.

    Args:
        source: the items.
        inputs: inputs of the copies, of the shape of `Task.inputs`.
        change: the change of the copies, for names and messages: `the word 'tulip'`.

    Raises:
        DataError: inputs of another shape.

    Examples:
        >>> import truing
        >>> from truing.tasks import with_copies
        >>> digits = truing.load_task("digits")
        >>> copied = with_copies(digits, 16 - digits.task.inputs, "inverted pixels")
        >>> len(copied.task), copied.copied.copies.name
        (3594, 'digits with inverted pixels')
    """
    task = source.task
    if np.shape(inputs) != task.inputs.shape:
        raise DataError(
            f"{change} changes the inputs of {task.name} to the shape {np.shape(inputs)}; it must "
            f"be {task.inputs.shape}"
        )
    items = tuple(_copy(*each, task, change) for each in zip(task.items, inputs, strict=True))
    copies = replace(task, name=f"{task.name} with {change}", items=items, roles=None)
    every = np.tile(np.arange(len(task)), 2)
    return replace(
        source,
        task=join_tasks(task, [copies]),
        vault=source.vault.select(every),
        fields={name: values[every] for name, values in source.fields.items()},
        division=source,
        copied=Copied(task, copies),
    )


def _copy(item: Item, given: Any, task: Task, change: str) -> Item:
    """A copy of an item with another input, a row of `Task.inputs`."""
    name = f"{item.id} with {change}"
    if task.kind == "classification":
        return replace(item, id=name, stem=given)
    return replace(item, id=name, stem="", choices=tuple(one for one in given if one is not None))
