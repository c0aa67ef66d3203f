"""Domains: the test items on which the models of a study are scored besides those of home."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from truing.errors import UserError
from truing.tasks import Source, Task, apart_from

LOG = logging.getLogger("truing.tasks")


@dataclass(frozen=True, eq=False)
class Domain:
    """Test items under a shift.

    Attributes:
        name: name in tables: of another task, or the condition that the items satisfy.
        source: the task of the items, and its vault.
        items: (n,) indices of the test items, the same for every seed.
        other: the items are of another task than that of home, so the models need its inputs.
    """

    name: str
    source: Source
    items: np.ndarray
    other: bool


def find_domains(home: Source, named: str, others: Mapping[str, Source]) -> tuple[Domain, ...]:
    """Domains of a task: other tasks, and shifted items of its test split.

    Args:
        home: the task, in which the models are trained.
        named: name of the task, for messages.
        others: further tasks by name. The task itself is left out, but not the same items with
            another ground truth.

    Raises:
        UserError: another task has other choices or other inputs.
    """
    shifted = home.splits(0).shifted
    own = [Domain(name, home, items, other=False) for name, items in shifted.items()]
    found = []
    for name, other in others.items():
        if not _is_same(home, other):
            check_alike("test_on", home, named, other, name)
            _note_learned(home, named, other, name)
            found.append(Domain(name, other, other.splits(0).test, other=True))
    return (*own, *found)


def _note_learned(home: Source, named: str, other: Source, name: str) -> None:
    """Warn if test items of another task have the content of items that models learn at home."""
    splits = home.splits(0)
    pool = np.union1d(splits.supervise, splits.learn)
    count = int((~apart_from(home.task, [other])[pool]).sum())
    if count:
        LOG.warning(
            "%s: %d of the %d items of %s from which models learn have the content of test items "
            "of this domain, so its results are not of unseen items only; use a task without them",
            name,
            count,
            len(pool),
            named,
        )


def _is_same(first: Source, second: Source) -> bool:
    """Whether two tasks have the same items and the same ground truth."""
    every = np.arange(len(first.task))
    if first.task.fingerprint != second.task.fingerprint:
        return False
    return first.vault.digest(every) == second.vault.digest(every)


def check_alike(field: str, home: Source, named: str, other: Source, name: str) -> None:
    """Raise UserError if the models of one of two tasks cannot be applied to the other.

    Args:
        field: field or supervisor that names the other task, for messages.
        home: a task.
        named: its name, for messages.
        other: the other task.
        name: its name, for messages.
    """
    first, second = home.task, other.task
    if first.kind != second.kind:
        raise UserError(
            f"{field}: {name} is of kind {second.kind}, but {named} of kind {first.kind}; a model "
            "can be applied to tasks of the same kind only"
        )
    if first.kind == "classification" and first.choices != second.choices:
        raise UserError(
            f"{field}: {name} has the classes {_listed(second)}, but {named} has {_listed(first)}; "
            "give both tasks the same classes in the same order (classes=NAME/NAME)"
        )
    if first.medium != second.medium or (
        first.medium != "texts" and first.inputs.shape[1:] != second.inputs.shape[1:]
    ):
        raise UserError(
            f"{field}: {name} contains {_inputs(second)}, but {named} contains {_inputs(first)}; a "
            "model can be applied to inputs of the same type and shape only"
        )


def _listed(task: Task) -> str:
    more = ", ..." if len(task.choices) > 6 else ""
    return ", ".join(task.choices[:6]) + more


def _inputs(task: Task) -> str:
    if task.medium == "texts":
        return "texts"
    return f"{task.medium} of shape {task.inputs.shape[1:]}"
