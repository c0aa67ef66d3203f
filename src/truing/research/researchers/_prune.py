"""Prune: choose among several proposals by agreement with the best methods, without ground truth.

A ladder releases few scores, and each score costs an evaluation. Agreement costs no evaluation:
students that learned from the same weak labels with a better method agree more often with the
students of the best methods. Proposals are therefore compared by how often their students agree
with the students of the latest methods that raised the best released score, with successive halving
over seeds (Jamieson & Talwalkar 2016, "Non-stochastic best arm identification and hyperparameter
optimization", section 3). The comparison is not a query: it uses only items, weak labels and
released scores. It costs trainings. Platanios et al. 2014 ("Estimating accuracy from unlabeled
data") use agreement as an estimate of accuracy.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from truing.research.researchers._researcher import Trial

Look = Callable[[str, Sequence[int]], tuple[np.ndarray, ...]]
"""(specification, seeds) -> beliefs of the students, (S, n, k) for each task. Empty if the students
cannot be trained, or if the problem has no students."""

RUNGS = (1, 3)  # number of seeds in each round; half of the proposals remain after each round
GUIDES = 2  # number of methods to compare with: the latest that raised the best released score


class Pruner:
    """Chooses among proposals.

    Args:
        look: the problem's method `look`.
        rng: draws the seeds, which are the same for all proposals.
    """

    def __init__(self, look: Look, rng: np.random.Generator):
        self.look = look
        self.seeds = [int(one) for one in rng.integers(2**31, size=RUNGS[-1])]
        self.guides: list[str] = []

    def learn(self, trial: Trial) -> None:
        """Remember a method that raised the best released score, to compare proposals with it."""
        if trial.improved and trial.specification not in self.guides:
            self.guides = [*self.guides, trial.specification][-GUIDES:]

    def choose(self, proposals: Sequence[str]) -> str:
        """The proposal that agrees most with the guides; the first without a comparison."""
        left = list(proposals)
        for count in RUNGS:
            if len(left) == 1:  # nothing to compare, so nothing to train
                break
            seeds = self.seeds[:count]
            guide = _mean([self.look(one, seeds) for one in self.guides])
            if not guide:
                break
            seen = [_agreement(self.look(one, seeds), guide) for one in left]
            ranked = sorted(range(len(left)), key=lambda i: -seen[i])
            left = [left[i] for i in ranked[: max(len(left) // 2, 1)]]
        return left[0]


def _mean(looks: Sequence[tuple[np.ndarray, ...]]) -> tuple[np.ndarray, ...]:
    """Mean beliefs over methods, (S, n, k) for each task."""
    seen = [one for one in looks if one]
    return tuple(np.mean(one, axis=0) for one in zip(*seen, strict=True))


def _agreement(look: tuple[np.ndarray, ...], guide: tuple[np.ndarray, ...]) -> float:
    """Share of items with the guide's most likely choice, mean over tasks; -1 after a failure."""
    same = [
        np.mean(own.argmax(axis=-1) == one.argmax(axis=-1))
        for own, one in zip(look, guide, strict=bool(look))
    ]
    return float(np.mean(same)) if same else -1.0
