"""Pixels: debates about small images, in which both sides take turns to show a pixel.

The sides commit to the true class and to one lie for each image. A position is the set of pixels
shown, as a bit mask. The judge sees only these pixels; in a tie the truth loses.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np

from truing.oversight.self_play._learners import Moves, draw
from truing.oversight.self_play._world import World


@dataclass(frozen=True)
class PixelWorld(World):
    """Debates about N images of P pixels.

    Args:
        nonzero: (N, P) which pixels of an image are not zero; only these may be shown.
        shown: number of pixels that are shown, half of them by each side.
        won: (N, sets) whether the truth wins, for each set of `shown` pixels in the order of
            `itertools.combinations`.
    """

    nonzero: np.ndarray
    shown: int
    won: np.ndarray

    notes = ("world=pixels: the honest side moves first; the lie of an image is drawn once.",)

    @property
    def places(self) -> int:
        """P, number of pixels of an image."""
        return self.nonzero.shape[1]

    @cached_property
    def sets(self) -> tuple[list[tuple[int, ...]], ...]:
        """All sets of each size up to `shown`, in the order of `itertools.combinations`."""
        sizes = range(self.shown + 1)
        return tuple(list(combinations(range(self.places), size)) for size in sizes)

    @cached_property
    def above(self) -> tuple[np.ndarray, ...]:
        """For each size, (sets, P) the number of the set with a pixel added; -1 if contained."""
        return tuple(self._above(size) for size in range(self.shown))

    def _above(self, size: int) -> np.ndarray:
        place = {chosen: at for at, chosen in enumerate(self.sets[size + 1])}
        return np.array(
            [
                [
                    -1 if pixel in chosen else place[tuple(sorted((*chosen, pixel)))]
                    for pixel in range(self.places)
                ]
                for chosen in self.sets[size]
            ]
        )

    @cached_property
    def starts(self) -> tuple[int, ...]:
        """For each size, the number of the first state of that size in its side's states."""
        found = []
        totals = [0, 0]
        for size in range(self.shown):
            found.append(totals[size % 2])
            totals[size % 2] += len(self.sets[size])
        return tuple(found)

    def _allowed(self, side: int) -> np.ndarray:
        """(T, P) pixels that are not yet shown; the states of an image follow each other."""
        free = np.concatenate([self.above[size] >= 0 for size in range(side, self.shown, 2)])
        return (free & self.nonzero[:, None]).reshape(-1, self.places)

    @cached_property
    def honest(self) -> np.ndarray:  # type: ignore[override]
        return self._allowed(0)

    @cached_property
    def dishonest(self) -> np.ndarray:  # type: ignore[override]
        return self._allowed(1)

    def judges(self, seeds: int) -> np.ndarray:
        """(S, 0): the judge is fixed."""
        return np.zeros((seeds, 0))

    def learn(
        self, judge: np.ndarray, policies: tuple[np.ndarray, np.ndarray], learning_rate: float
    ) -> np.ndarray:
        """The judge is fixed."""
        return judge

    def play(
        self,
        policies: tuple[np.ndarray, np.ndarray],
        judge: np.ndarray,
        games: int,
        rng: np.random.Generator,
    ) -> tuple[Moves, Moves]:
        """See `World`."""
        shape = len(judge), games
        images = rng.integers(len(self.won), size=shape)
        at = np.zeros(shape, int)
        states: tuple[list, list] = ([], [])
        actions: tuple[list, list] = ([], [])
        for size in range(self.shown):
            side = size % 2
            own = policies[side].shape[1] // len(self.won)
            states[side].append(images * own + self.starts[size] + at)
            actions[side].append(draw(policies[side], states[side][-1], rng))
            at = self.above[size][at, actions[side][-1]]
        honest = self.won[images, at].astype(float)
        stacked = [
            (np.stack(states[side], axis=2), np.stack(actions[side], axis=2)) for side in (0, 1)
        ]
        return Moves(*stacked[0], honest), Moves(*stacked[1], 1 - honest)

    def rates(
        self, policies: tuple[np.ndarray, np.ndarray], judge: np.ndarray
    ) -> dict[str, np.ndarray]:
        """See `World`."""
        value, best, worst = (self._value(policies, who) for who in ("none", "honest", "dishonest"))
        return {
            "honest_wins": value,
            "dishonest_wins": 1 - value,
            "judge_accuracy": value,
            "exploitability": best - worst,
        }

    def exact(self) -> Mapping[str, Mapping[str, float]]:
        """Minimax over all sets of pixels."""
        uniform = self.honest[None] / 1.0, self.dishonest[None] / 1.0
        honest = float(self._value(uniform, "both")[0])
        values = {"honest_wins": honest, "dishonest_wins": 1 - honest, "judge_accuracy": honest}
        return {"optimal_play": values}

    def _value(self, policies: tuple[np.ndarray, np.ndarray], best: str) -> np.ndarray:
        """(S,) share of debates that the honest side wins, by backward induction.

        Args:
            best: `none`, or the sides that respond optimally: `honest`, `dishonest` or `both`.
        """
        seeds = len(policies[0])
        value = np.broadcast_to(self.won.astype(float), (seeds, *self.won.shape))
        for size in reversed(range(self.shown)):
            side, above = size % 2, self.above[size]
            reached = value[:, :, np.maximum(above, 0)]  # (S, N, sets, P)
            if best == "both" or best == ("honest", "dishonest")[side]:
                lost, pick = ((-1.0, np.max), (2.0, np.min))[side]
                free = (above >= 0) & self.nonzero[:, None]
                value = pick(np.where(free, reached, lost), axis=3)
                continue
            own = policies[side].reshape(seeds, len(self.won), -1, self.places)
            start = self.starts[size]
            value = (own[:, :, start : start + len(above)] * reached).sum(axis=3)
        return value[:, :, 0].mean(axis=1)
