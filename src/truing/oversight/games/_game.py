"""Game: an offline oversight experiment whose answer is known exactly."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from scipy import special

from truing.registry import Registry

Watcher = Callable[[str, int, int], None]
"""Told of progress: what is being done, how much is done, how much there is to do."""


@dataclass(frozen=True)
class SampledValue:
    """A value that was measured by sampling, with its 95% interval.

    Attributes:
        value, low, high: the value and its interval.
        n: independent trials behind it.
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
"""What a game found, by name; numbers and texts are exact."""


@dataclass(frozen=True)
class Published:
    """What a paper reports for a figure of ours.

    Attributes:
        figure: its place in `Outcome.figures`, by dots: `honest_wins.with_precommitment.both`.
        value: the paper's, in the figure's unit.
        source: paper, and where in it.
    """

    figure: str
    value: float
    source: str


@dataclass(frozen=True)
class Outcome:
    """What a game found.

    Attributes:
        figures: by name; nested dictionaries whose leaves are `SampledValue`s, numbers or texts. An
            exact result is a number.
        published: papers' values to show beside them.
        notes: what must be known to read the figures.
    """

    figures: Figures
    published: tuple[Published, ...] = field(default=())
    notes: tuple[str, ...] = field(default=())


@dataclass(frozen=True)
class Game:
    """An experiment ready to be played.

    Attributes:
        play: (rng, watch) -> outcome; the same generator gives the same outcome.
    """

    play: Callable[[np.random.Generator, Watcher], Outcome]


GAMES: Registry[Game] = Registry(
    "game", "truing.oversight.games", lambda made: isinstance(made, Game)
)
game = GAMES.register
