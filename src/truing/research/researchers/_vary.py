"""Vary: change a composition slightly."""

from __future__ import annotations

from typing import Any

import numpy as np

from truing.methods import Choice, Real, Space, Whole

SHARE = 0.15  # probability that each active argument changes in addition to the first
STEP = 0.2  # standard deviation of a change, as a share of the searched range


def vary(space: Space, specification: str, rng: np.random.Generator) -> str:
    """The composition with at least one active argument changed.

    A choice gets another option, and arguments that become active are drawn at random. A number
    moves by a random amount.
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
    """The nearest integer that differs from the old value."""
    nearest = int(min(max(round(moved), argument.low), argument.high))
    if nearest != value or argument.low == argument.high:
        return nearest
    up = value <= argument.low or (value < argument.high and rng.random() < 0.5)
    return value + 1 if up else value - 1
