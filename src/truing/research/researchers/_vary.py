"""Vary: a composition near another one."""

from __future__ import annotations

from typing import Any

import numpy as np

from truing.methods import Choice, Real, Space, Whole

SHARE = 0.15  # of the other active arguments that change beside the one that surely does
STEP = 0.2  # standard deviation of a change, in the width of what a search looks at


def vary(space: Space, specification: str, rng: np.random.Generator) -> str:
    """The same composition with one active argument changed at least.

    A choice takes another option, and what that makes active is drawn at random; a number moves.
    """
    values = space.settled(space.read(specification))
    active = [one.name for one in space.arguments if one.active(values)]
    count = 1 + rng.binomial(len(active) - 1, SHARE)
    changed = set(rng.permutation(active)[:count].tolist())

    def choose(argument: Choice | Real | Whole) -> Any:
        if argument.name in changed:
            return _other(argument, values[argument.name], rng)
        if argument.name in active:
            return values[argument.name]
        return argument.sample(rng)

    return space.draw(choose)


def _other(argument: Choice | Real | Whole, value: Any, rng: np.random.Generator) -> Any:
    if isinstance(argument, Choice):
        others = [one for one in argument.options if one != value]
        return others[rng.integers(len(others))] if others else value
    ends = np.array([argument.low, argument.high, value], float)
    low, high, place = np.log(ends) if argument.log else ends
    moved = np.clip(place + STEP * (high - low) * rng.normal(), low, high)
    moved = float(np.exp(moved) if argument.log else moved)
    if isinstance(argument, Real):
        return min(max(moved, argument.low), argument.high)
    return _whole(argument, value, moved, rng)


def _whole(argument: Whole, value: int, moved: float, rng: np.random.Generator) -> int:
    """The nearest whole number that is another one."""
    nearest = int(min(max(round(moved), argument.low), argument.high))
    if nearest != value or argument.low == argument.high:
        return nearest
    up = value <= argument.low or (value < argument.high and rng.random() < 0.5)
    return value + 1 if up else value - 1
