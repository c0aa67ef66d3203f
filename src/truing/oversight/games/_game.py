"""Game: an offline oversight experiment with a known exact answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from scipy import special

from truing.measures import Estimate
from truing.registry import Registry

Watcher = Callable[[str, int, int], None]
"""Callback for progress: (phase, steps done, total steps)."""


@dataclass(frozen=True)
class SampledValue(Estimate):
    """A value measured by sampling, with its 95% interval.

    Attributes:
        value, low, high: the value and its interval.
        n: number of independent trials.
    """

    value: float
    low: float
    high: float
    n: int

    @classmethod
    def share(cls, hits: int, trials: int) -> SampledValue:
        """A share of independent trials, with the exact interval (Clopper & Pearson 1934)."""
        low = special.betaincinv(hits, trials - hits + 1, 0.025) if hits else 0.0
        high = special.betaincinv(hits + 1, trials - hits, 0.975) if hits < trials else 1.0
        return cls(hits / trials, float(low), float(high), trials)


Figures = Mapping[str, "SampledValue | float | str | Figures"]
"""Results of a game by name; plain numbers and texts are exact."""


@dataclass(frozen=True)
class Published:
    """The value of a paper for one of the results.

    Attributes:
        figure: path of the result in `Outcome.figures`: `honest_wins.with_precommitment.both`.
        value: the paper's value, in the unit of the result.
        source: paper and section.
    """

    figure: str
    value: float
    source: str


@dataclass(frozen=True)
class Outcome:
    """The outcome of a game.

    Attributes:
        figures: results by name; nested dictionaries with `SampledValue`s, numbers or texts as
            leaves. An exact result is a number.
        published: values of papers, for comparison.
        notes: notes that are necessary to interpret the results.
    """

    figures: Figures
    published: tuple[Published, ...] = field(default=())
    notes: tuple[str, ...] = field(default=())


@dataclass(frozen=True)
class Game:
    """A configured experiment.

    Attributes:
        play: (rng, watch) -> outcome; the same generator state gives the same outcome.
    """

    play: Callable[[np.random.Generator, Watcher], Outcome]


GAMES: Registry[Game] = Registry(
    "game", "truing.oversight.games", lambda made: isinstance(made, Game)
)
game = GAMES.register
