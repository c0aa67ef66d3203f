"""Game: an offline oversight experiment with a known exact answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

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


LEAVES = (SampledValue, bool, int, float, str, np.bool_, np.integer, np.floating)
"""Types of single values."""

GameValues = Mapping[str, "SampledValue | float | str | GameValues"]
"""Values of a game by name; plain numbers and texts are exact."""


@dataclass(frozen=True)
class Published:
    """A paper's value for one of the game's values.

    Attributes:
        name: path of the value in `Outcome.values`: `honest_wins.with_precommitment.both`.
        value: the paper's value, in the same unit.
        source: paper and section.
    """

    name: str
    value: float
    source: str

    def to_json(self) -> dict[str, str | float]:
        """The stored JSON object."""
        return {"name": self.name, "value": self.value, "source": self.source}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Published:
        """Read the stored JSON object."""
        return cls(stored.get("name", stored.get("figure")), stored["value"], stored["source"])


@dataclass(frozen=True)
class Outcome:
    """The outcome of a game.

    Attributes:
        values: values by name; nested dictionaries with `SampledValue`s, numbers or texts as
            leaves. An exact value is a number.
        published: values of papers, for comparison.
        notes: notes that are necessary to interpret the values.
    """

    values: GameValues
    published: tuple[Published, ...] = field(default=())
    notes: tuple[str, ...] = field(default=())


FORM = (
    "Outcome({'NAME': VALUE}), where a VALUE is a number, a text, a SampledValue or a dict of these"
)


def check_outcome(found: object, reserved: Sequence[str] = ()) -> None:
    """Raise ValueError if what a game returned is no complete outcome.

    Args:
        found: what the game returned.
        reserved: names that no value may have.

    Examples:
        >>> from truing.oversight.games import Outcome, check_outcome
        >>> check_outcome(Outcome({"heads": 3, "shares": {"all": 0.5}}))
    """
    if not isinstance(found, Outcome):
        raise ValueError(f"must return {FORM}, but returned a value of type {type(found).__name__}")
    if not (isinstance(found.values, Mapping) and found.values):
        raise ValueError(f"must return {FORM}, but the values are {found.values!r}")
    _check_values(found.values)
    if taken := [name for name in found.values if name in reserved]:
        raise ValueError(
            f"must not name a value {taken[0]!r}; reserved names are {', '.join(reserved)}"
        )
    for name, kind in (("published", Published), ("notes", str)):
        listed = getattr(found, name)
        if not isinstance(listed, tuple | list) or not all(isinstance(x, kind) for x in listed):
            raise ValueError(
                f"must return an Outcome whose {name} are a tuple of {kind.__name__}, got "
                f"{listed!r}"
            )


def _check_values(values: Mapping[str, Any], above: str = "") -> None:
    for name, value in values.items():
        if isinstance(value, Mapping) and value:
            _check_values(value, f"{above}{name}.")
        elif not isinstance(value, LEAVES):
            raise ValueError(f"must return {FORM}, but {above}{name} is {value!r}")


PlayGame = Callable[[np.random.Generator, Watcher], Outcome]
"""A configured game: (rng, watch) -> outcome. The same generator state gives the same outcome."""

GAMES: Registry[PlayGame] = Registry("game", "truing.oversight.games", callable)
"""All registered games."""


def game(name: str) -> Callable[[Callable[..., PlayGame]], Callable[..., PlayGame]]:
    """Decorator that registers a game. The docstring's first line is its description.

    The decorated function takes the game's arguments and returns a function `(rng, watch)` that
    plays the game and returns its `Outcome`.

    Args:
        name: the name under which the game is played.

    Examples:
        >>> import numpy as np
        >>> from truing.oversight.games import Outcome, SampledValue, game
        >>> @game("toss")
        ... def toss(tosses: int = 100):
        ...     "Toss a fair coin."
        ...     def play(rng, watch):
        ...         heads = int((rng.random(tosses) < 0.5).sum())
        ...         return Outcome({"heads": SampledValue.share(heads, tosses), "exact": 0.5})
        ...     return play
        >>> outcome = toss(tosses=10)(np.random.default_rng(0), print)
        >>> outcome.values["heads"].n
        10
    """
    return GAMES.register(name)
