"""Contract of games."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import isfinite
from typing import Any

import numpy as np

from truing.oversight.games import GAMES, PlayGame, SampledValue, Watcher
from truing.testing._contract import Checked, Contract, Skip, Violation, require

RESERVED = ("game", "arguments", "seed", "published", "notes")  # written beside the results


def check_game(specification: str, seed: int = 0) -> Checked:
    """Check a game by playing it twice.

    Args:
        specification: name of a game with arguments that make it fast, such as
            `bisection-debate,steps=100,debates=10,checks=10`, or `path/to/file.py:name`.
        seed: random seed of the plays.

    Returns:
        The conditions that were checked.

    Raises:
        ContractError: a condition is violated. The message names the condition and a remedy.
        UserError: there is no such game, or it refuses its arguments.

    Examples:
        >>> from truing.testing import check_game
        >>> print(check_game("obfuscated-arguments,debates=100"))
        game 'obfuscated-arguments,debates=100': 4 conditions are satisfied
        - results are numbers, texts and sampled values, in dictionaries with names as keys
        - sampled values are finite and lie in their intervals
        - the same generator state leads to the same outcome
        - progress has a phase, and 0 <= done <= total
        not checked:
        - each published value belongs to a result: the game has no published values
    """
    return GAME.check(specification, _GameCase(GAMES.build(specification).value, seed))


def _play(game: PlayGame, rng: np.random.Generator, watch: Watcher) -> _Played:
    """Play a game; results, and the paths of the results with a published value."""
    outcome = game(rng, watch)
    return _Played(outcome.values, [one.name for one in outcome.published])


@dataclass(frozen=True)
class _Played:
    results: Mapping[str, Any]
    published: list[str]

    def leaves(self) -> list[tuple[str, Any]]:
        """Each result with its path."""
        return list(_leaves("", self.results))


@dataclass(frozen=True)
class _GameCase:
    game: PlayGame
    seed: int

    @cached_property
    def played(self) -> tuple[_Played, list[tuple[str, int, int]]]:
        """The first play, and its calls of the progress callback."""
        calls: list[tuple[str, int, int]] = []
        return self.play(lambda *call: calls.append(call)), calls

    def play(self, watch: Watcher = lambda *call: None) -> _Played:
        """Play with a new generator."""
        return _play(self.game, np.random.default_rng(self.seed), watch)


GAME: Contract[_GameCase] = Contract("game")


@GAME.condition("results are numbers, texts and sampled values, in dictionaries with names as keys")
def _results(case: _GameCase) -> None:
    played = case.played[0]
    for path, value in played.leaves():
        allowed = isinstance(value, SampledValue | str | bool | int | float | np.number | None)
        require(
            allowed,
            f"the result {path!r} is of type {type(value).__name__}",
            "convert it to a number, a text or a dictionary",
        )
    for name in RESERVED:
        require(
            name not in played.results,
            f"{name!r} is the name of a result, and of a field of the run folder",
            f"give the result another name than {', '.join(RESERVED)}",
        )


@GAME.condition("sampled values are finite and lie in their intervals")
def _intervals(case: _GameCase) -> None:
    for path, value in case.played[0].leaves():
        if isinstance(value, SampledValue):
            ends = (value.low, value.value, value.high)
            require(
                all(map(isfinite, ends)) and sorted(ends) == list(ends) and value.n >= 1,
                f"the result {path!r} is {value.value} with the interval [{value.low}, "
                f"{value.high}] and n={value.n}",
                "compute it with `SampledValue.share`, or check your interval",
            )


@GAME.condition("the same generator state leads to the same outcome")
def _repeatable(case: _GameCase) -> None:
    first, again = dict(case.played[0].leaves()), dict(case.play().leaves())
    for path in first | again:
        one, other = first.get(path), again.get(path)
        require(
            repr(one) == repr(other),  # NaN is equal to NaN here
            f"the result {path!r} is {one} in the first play and {other} in the second",
            "draw all random numbers from `rng`, and keep no state between plays",
        )


@GAME.condition("each published value belongs to a result")
def _published(case: _GameCase) -> None:
    played = case.played[0]
    if not played.published:
        raise Skip("the game has no published values")
    values = dict(played.leaves())
    for path in played.published:
        if path not in values:
            raise Violation(
                f"there is no result {path!r} for a published value",
                f"name a result by its path: {', '.join(values)}",
            )


@GAME.condition("progress has a phase, and 0 <= done <= total")
def _progress(case: _GameCase) -> None:
    calls = case.played[1]
    if not calls:
        raise Skip("the game reports no progress")
    for phase, done, total in calls:
        require(
            bool(phase) and 0 <= done <= total,
            f"progress {phase!r} has {done} steps done of {total}",
            "call `watch(phase, done, total)` with the name of the phase",
        )


def _leaves(path: str, results: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in results.items():
        if not isinstance(name, str) or "." in name:
            raise Violation(
                f"a result is named {name!r}", "use names without dots, which separate a path"
            )
        if isinstance(value, Mapping):
            yield from _leaves(f"{path}{name}.", value)
        else:
            yield f"{path}{name}", value
