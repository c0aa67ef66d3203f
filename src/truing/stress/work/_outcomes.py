"""Outcomes: where the answers of some systems are right, and where the systems misbehave."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from truing.studies import Store


@dataclass(frozen=True, eq=False)
class Outcomes:
    """Outcomes of S systems, with arrays (n_s,) for the items of each.

    Attributes:
        cluster: number of each item's cluster.
        correct: 1 or 0; NaN for items that do not count for accuracy.
        attacked: whether the system misbehaves on an item.
    """

    cluster: Sequence[np.ndarray]
    correct: Sequence[np.ndarray]
    attacked: Sequence[np.ndarray]

    def write(self, store: Store, key: str) -> None:
        """Write the arrays that `truing.stress.Scene.outcome` states."""
        arrays = {
            "lengths": np.array([len(each) for each in self.correct], np.int64),
            "cluster": np.concatenate(self.cluster).astype(np.int64),
            "correct": np.concatenate(self.correct).astype(np.float64),
            "attacked": np.concatenate(self.attacked).astype(bool),
        }
        store.write(key, arrays)

    @classmethod
    def read(cls, store: Store, key: str) -> Self:
        """Read what a step of `truing.stress.Scene.outcome` wrote."""
        arrays = store.read(key)
        ends = np.cumsum(arrays["lengths"])[:-1]
        cluster, correct, attacked = (
            np.split(arrays[name], ends) for name in ("cluster", "correct", "attacked")
        )
        return cls(cluster, correct, attacked)

    def split(self, items: np.ndarray) -> list[np.ndarray]:
        """Values (L,) of the items of all systems, as arrays (n_s,)."""
        return np.split(items, np.cumsum([len(each) for each in self.correct])[:-1])
