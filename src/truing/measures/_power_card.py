"""Power card: the smallest strength of a plant that a monitor detects with a stated power."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from truing.measures._estimate import Estimate


@dataclass(frozen=True)
class SmallestStrength:
    """The smallest strength that is detected with a power.

    Attributes:
        strength: the value, and the ends of its interval; None where the data do not bound it.
        tested: smallest tested strength whose fitted power reaches the power; None if none does.
        note: why a value or an end is missing; empty if none is.
    """

    strength: Estimate
    tested: float | None
    note: str


def smallest_strength(
    strengths: Sequence[float],
    alarms: Sequence[np.ndarray],
    *,
    power: float = 0.8,
    level: float = 0.95,
) -> SmallestStrength:
    """The smallest strength that raises an alarm with probability `power`, with its interval.

    Args:
        strengths: K tested strengths, above 0, in any order.
        alarms: K arrays (S_k,) of bools: whether each planted system of that strength has an alarm.
        power: wanted share of systems with an alarm.
        level: confidence level.
    """
    raise NotImplementedError
