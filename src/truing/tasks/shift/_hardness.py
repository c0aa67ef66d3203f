"""Hardness: how unsure a weak model is of each item, measured by cross-fitting.

The items are divided into folds by clusters. A model that is trained on the ground truth of the
other folds, without their test and sealed items, has a belief about each item of a fold. The
hardness of an item is the quantile of 1 - its highest belief, from 0 to 1, among the items of its
fold. So neither the ground truth of an item or its cluster, nor that of test and sealed items,
enters its hardness: hardness decides which items models learn.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from truing.errors import DataError
from truing.tasks._splits import FEWEST, Splits
from truing.tasks._task import Task
from truing.tasks.shift._thin import hash_ranks

HARDNESS = "hardness"
"""Field of the measured hardness."""

FOLDS = 5


@dataclass(frozen=True, eq=False)
class Folds:
    """Division of a task for cross-fitting; the number of a fold takes the place of a seed.

    Attributes:
        task: the task.
        unanswerable: (N,) which items have no ground truth, so that no model learns from them.

    Raises:
        DataError: the task has too few items or clusters.

    Examples:
        >>> import truing
        >>> from truing.tasks.shift import Folds
        >>> source = truing.load_task("digits")
        >>> splits = Folds(source.task, source.vault.unanswerable).splits(0)
        >>> len(splits.supervise), len(splits.learn)
        (872, 360)
    """

    task: Task
    unanswerable: np.ndarray

    def __post_init__(self) -> None:
        counts = np.bincount(self._fold_N, minlength=FOLDS)
        if counts.min() < FEWEST:
            raise DataError(
                f"{self.task.name}: hardness is measured in {FOLDS} folds, and one of them has "
                f"{counts.min()} items and needs {FEWEST}; add items or clusters"
            )

    @cached_property
    def _fold_N(self) -> np.ndarray:
        """(N,) fold of each item: clusters in turn, in the order of a hash."""
        _, first = np.unique(self.task.clusters, return_index=True)
        names = [self.task.ids[at] for at in first]
        hashes = [hashlib.sha256(f"hardness {one}".encode()).hexdigest() for one in names]
        fold = np.empty(len(first), np.int64)
        fold[np.argsort(np.array(hashes), kind="stable")] = np.arange(len(first)) % FOLDS
        return fold[self.task.clusters]

    def splits(self, seed: int) -> Splits:
        """The fold with this number as `learn`, and the other folds' pool as `supervise`."""
        own, none, whole = self._fold_N == seed, np.arange(0), self.task.splits(0)
        pool = np.union1d(whole.supervise, whole.learn)
        others = pool[~own[pool] & ~self.unanswerable[pool]]
        return Splits(others, np.flatnonzero(own), none, none)

    def hardness(self, beliefs: Sequence[np.ndarray]) -> np.ndarray:
        """(N,) hardness of the items.

        Args:
            beliefs: for each fold, beliefs (N, k) of the model that did not learn from it.
        """
        from scipy.stats import rankdata  # takes half a second

        found = np.empty(len(self.task))
        for fold, about in enumerate(beliefs):
            own = self.splits(fold).learn
            found[own] = rankdata(1 - about[own].max(axis=1)) / len(own)
        return found


def provisional_hardness(task: Task) -> np.ndarray:
    """(N,) quantiles in the order of a hash, in place of a hardness that is not measured yet."""
    return (hash_ranks(task.ids) + 1) / len(task)
