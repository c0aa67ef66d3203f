"""Contract of tasks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from truing.tasks import UNANSWERABLE, Source, load_task
from truing.testing._contract import Checked, Contract, Skip, Violation, require


def check_task(specification: str, seeds: int = 3) -> Checked:
    """Check a task: two loads, its ground truth and its splits.

    Args:
        specification: name of a task or a file, or `path/to/file.py:name`.
        seeds: number of random seeds whose splits are checked.

    Returns:
        The conditions that were checked.

    Raises:
        ContractError: a condition is violated. The message names the condition and a remedy.
        UserError: there is no such task, or its items are invalid.

    Examples:
        >>> from truing.testing import check_task
        >>> print(check_task("digits"))
        task 'digits': 4 conditions are satisfied
        - a second load returns the same items and the same ground truth
        - the ground truth of each item is the index of one of its choices
        - each item is in exactly one split, and each split is large enough
        - all items of a cluster are in the same split
        not checked:
        - the right choice is not at the same position in all items: all items have the same choices
    """
    return TASK.check(specification, _TaskCase(specification, seeds, load_task(specification)))


@dataclass(frozen=True)
class _TaskCase:
    name: str
    seeds: int
    source: Source

    @cached_property
    def truth(self) -> np.ndarray:
        """(N,) ground truth."""
        return self.source.vault.reveal(np.arange(len(self.source.task)), "score")

    def splits(self) -> Iterator[tuple[int, list[np.ndarray]]]:
        """Each seed and its splits."""
        for seed in range(self.seeds):
            yield seed, list(self.source.task.splits(seed).parts.values())


TASK: Contract[_TaskCase] = Contract("task")


@TASK.condition("a second load returns the same items and the same ground truth")
def _repeatable(case: _TaskCase) -> None:
    again = load_task(case.name)
    items = np.arange(len(case.source.task))
    remedy = "load items in a fixed order, and seed all randomness"
    require(
        again.task.fingerprint == case.source.task.fingerprint,
        "a second load returned other items",
        remedy,
    )
    require(
        again.vault.digest(items) == case.source.vault.digest(items),
        "a second load returned another ground truth",
        remedy,
    )


@TASK.condition("the ground truth of each item is the index of one of its choices")
def _indices(case: _TaskCase) -> None:
    counts = case.source.task.choice_counts
    wrong = np.flatnonzero((case.truth < UNANSWERABLE) | (case.truth >= counts))
    for at in wrong[:1]:
        raise Violation(
            f"the ground truth of item {case.source.task.ids[at]!r} is {case.truth[at]}, but the "
            f"item has {counts[at]} choices",
            "count choices from 0",
        )


@TASK.condition("the right choice is not at the same position in all items")
def _positions(case: _TaskCase) -> None:
    if case.source.task.kind == "classification":
        raise Skip("all items have the same choices")
    require(
        len(np.unique(case.truth)) > 1,
        f"the right choice is always choice number {case.truth[0] + 1}",
        "order the choices by a hash (`truing.tasks.hidden_order`)",
    )


@TASK.condition("each item is in exactly one split, and each split is large enough")
def _splits(case: _TaskCase) -> None:
    for seed, parts in case.splits():
        count = np.bincount(np.concatenate(parts), minlength=len(case.source.task))
        for at in np.flatnonzero(count != 1)[:1]:
            raise Violation(
                f"item {case.source.task.ids[at]!r} is in {count[at]} splits for seed {seed}",
                "check the roles and clusters of its items",
            )


@TASK.condition("all items of a cluster are in the same split")
def _clusters(case: _TaskCase) -> None:
    for seed, parts in case.splits():
        of_item = np.empty(len(case.source.task), int)
        for number, part in enumerate(parts):
            of_item[part] = number
        clusters = case.source.task.clusters
        pairs = np.unique(np.stack([clusters, of_item]), axis=1)
        require(
            pairs.shape[1] == len(np.unique(clusters)),
            f"for seed {seed}, the items of a cluster are in several splits",
            "give all items of a cluster the same role",
        )
