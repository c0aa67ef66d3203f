"""Splits: which items train the supervisor, train the student, and are scored."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np

from truing.errors import DataError

TEST_SHARE, SEALED_SHARE = 0.3, 0.1
SUPERVISE = 0.5  # share of the rest
FEWEST = 10  # smallest number of items of a split


@dataclass(frozen=True)
class Splits:
    """Indices of the items of each split; all items of a cluster are in one split.

    Attributes:
        supervise: items whose ground truth trains the supervisor.
        learn: items from whose weak labels the student learns, in random order.
        test: items that are scored in each study; the same for every seed.
        sealed: items that are scored once, at the end of a research run; the same for every seed.
        shifted: test items of each domain of a designed shift, by its name; the same for every
            seed. They may be in `test` too.
        local: items of each such domain among those from which the student could learn without the
            design.
        unanswerable: test items without ground truth, of home; they are not in `test`.
        candidates: all test items among which the ground truth chose `test`, `shifted` and
            `unanswerable`; empty if it chose none.
    """

    supervise: np.ndarray
    learn: np.ndarray
    test: np.ndarray
    sealed: np.ndarray
    shifted: Mapping[str, np.ndarray] = field(default_factory=dict)
    local: Mapping[str, np.ndarray] = field(default_factory=dict)
    unanswerable: np.ndarray = field(default_factory=lambda: np.arange(0))
    candidates: np.ndarray = field(default_factory=lambda: np.arange(0))

    @property
    def parts(self) -> dict[str, np.ndarray]:
        """The four splits by name."""
        return {name: getattr(self, name) for name in ("supervise", "learn", "test", "sealed")}

    @property
    def scored(self) -> np.ndarray:
        """Test items, and other items about which a study reads beliefs: those of the domains.

        A training is asked about these items, so they do not depend on the truth of test items, or
        on which of them are unanswerable.
        """
        if len(self.candidates):
            return self.candidates
        return np.unique(np.concatenate([self.test, *self.shifted.values()]))

    def without(self, unanswerable: np.ndarray, name: str) -> Splits:
        """Splits in which no model learns the truth of unanswerable items, and none is scored.

        Args:
            unanswerable: (N,) which items have no ground truth.
            name: name of the task, for messages.

        Raises:
            DataError: a split has fewer than ten other items.
        """
        known = {
            part: getattr(self, part)[~unanswerable[getattr(self, part)]]
            for part in ("supervise", "test", "sealed")
        }
        for part in ("supervise", "test"):
            if len(known[part]) < FEWEST:
                raise DataError(
                    f"{name}: {len(known[part])} items of the split {part!r} have a ground truth, "
                    f"and it needs {FEWEST}; add items that are not unanswerable"
                )
        without_truth = self.test[unanswerable[self.test]]
        return replace(self, **known, unanswerable=without_truth, candidates=self.test)


class Division(Protocol):
    """What divides the items of a task into splits: the task itself, or a designed shift."""

    def splits(self, seed: int) -> Splits:
        """Splits of the items for a seed."""


def draw_splits(
    name: str, ids: Sequence[str], clusters: np.ndarray, roles: np.ndarray | None, seed: int
) -> Splits:
    """Draw splits. The seed divides the pool that test and sealed leave.

    Args:
        name: name of the task, for messages.
        ids: (N,) ids of the items; a hash of them determines test and sealed.
        clusters: (N,) number of each item's cluster, from 0.
        roles: as `Task.roles`.
        seed: seed of the study.

    Raises:
        DataError: a split has fewer than ten items, or the test split has one cluster.
    """
    sizes = np.bincount(clusters)
    _, first = np.unique(clusters, return_index=True)  # first item of each cluster
    if roles is None:
        test, others = _fill(_hidden_order([ids[i] for i in first]), sizes, TEST_SHARE * len(ids))
        sealed, pool = _fill(others, sizes, SEALED_SHARE * len(ids))
    else:
        test, sealed, pool = (
            np.flatnonzero(roles[first] == role) for role in ("test", "sealed", "pool")
        )
    pool = np.random.default_rng(seed).permutation(np.sort(pool))
    supervise, learn = _fill(pool, sizes, SUPERVISE * sizes[pool].sum())
    given, own, tested, kept = (
        np.flatnonzero(np.isin(clusters, part)) for part in (supervise, learn, test, sealed)
    )
    # In a file sorted by class the position of an item would reveal its class.
    splits = Splits(given, np.random.default_rng([seed, 1]).permutation(own), tested, kept)
    _check(name, splits, items=len(ids), clusters=len(sizes), test_clusters=len(test))
    return splits


def _hidden_order(ids: Sequence[str]) -> np.ndarray:
    """Clusters, sorted by a hash of the id of their first item; the same on every machine."""
    ranks = [hashlib.sha256(f"split {one}".encode()).hexdigest() for one in ids]
    return np.argsort(np.array(ranks))


def _fill(order: np.ndarray, sizes: np.ndarray, wanted: float) -> tuple[np.ndarray, np.ndarray]:
    """First clusters with about the wanted number of items together, and the other clusters."""
    reached = np.cumsum(sizes[order])
    cut = int(np.searchsorted(reached, round(wanted), side="left")) + 1 if wanted else 0
    return order[:cut], order[cut:]


def _check(name: str, splits: Splits, *, items: int, clusters: int, test_clusters: int) -> None:
    for split in ("supervise", "learn", "test"):
        count = len(getattr(splits, split))
        if count < FEWEST:
            raise DataError(
                f"{name}: {items} items in {clusters} clusters are too few: the split {split!r} "
                f"would have {count} items, and needs {FEWEST}; add items"
            )
    if test_clusters < 2:
        raise DataError(
            f"{name}: its {clusters} clusters are too large: the test split would have one "
            "cluster, and an interval needs two; use smaller clusters, or add items"
        )
