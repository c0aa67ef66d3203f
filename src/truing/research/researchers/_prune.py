"""Prune: of several proposals, the one that looks best on a few seeds and without the truth.

A ladder tells little, and each score that it tells costs an evaluation. But what beat the best also
says something about every item that has no label: students that learnt from the same weak labels by
a better method agree with it more. So proposals are looked at by how often their students agree
with those of the methods that beat the best last, by successive halving (Jamieson & Talwalkar 2016,
"Non-stochastic best arm identification and hyperparameter optimization", section 3) over seeds. A
look is no query: nothing enters but items, weak labels and what was told. It costs trainings, and
no evaluation. That agreement stands in for accuracy follows Platanios et al. 2014 ("Estimating
accuracy from unlabeled data").
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from truing.research.researchers._researcher import Trial

Look = Callable[[str, Sequence[int]], tuple[np.ndarray, ...]]
"""(specification, seeds) -> what its students believe, (S, n, k) for each task; nothing where they
cannot be trained, or where the problem trains none."""

RUNGS = (1, 3)  # seeds of a look; half of the proposals are left after each
GUIDES = 2  # methods that beat the best last


class Pruner:
    """Looks at proposals.

    Args:
        look: of a problem.
        rng: draws the seeds of all looks, which are alike so that proposals can be compared.
    """

    def __init__(self, look: Look, rng: np.random.Generator):
        self.look = look
        self.seeds = [int(one) for one in rng.integers(2**31, size=RUNGS[-1])]
        self.guides: list[str] = []

    def learn(self, trial: Trial) -> None:
        """A method that beat the best shows the way; at the beginning all do."""
        if trial.improved and trial.specification not in self.guides:
            self.guides = [*self.guides, trial.specification][-GUIDES:]

    def choose(self, proposals: Sequence[str]) -> str:
        """The proposal that agrees most with the guides; the first where nothing can be seen."""
        left = list(proposals)
        for count in RUNGS:
            seeds = self.seeds[:count]
            guide = _mean([self.look(one, seeds) for one in self.guides])
            if len(left) == 1 or not guide:
                break
            seen = [_agreement(self.look(one, seeds), guide) for one in left]
            ranked = sorted(range(len(left)), key=lambda i: -seen[i])
            left = [left[i] for i in ranked[: max(len(left) // 2, 1)]]
        return left[0]


def _mean(looks: Sequence[tuple[np.ndarray, ...]]) -> tuple[np.ndarray, ...]:
    """(S, n, k) for each task: mean over methods."""
    seen = [one for one in looks if one]
    return tuple(np.mean(one, axis=0) for one in zip(*seen, strict=True))


def _agreement(look: tuple[np.ndarray, ...], guide: tuple[np.ndarray, ...]) -> float:
    """How often the likeliest choice is the guide's, mean over tasks; below all where it failed."""
    same = [
        np.mean(own.argmax(axis=-1) == one.argmax(axis=-1))
        for own, one in zip(look, guide, strict=bool(look))
    ]
    return float(np.mean(same)) if same else -1.0
