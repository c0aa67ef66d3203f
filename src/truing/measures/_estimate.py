"""Estimate: a value with its interval, and how one is read off bootstrap replicates."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Self

import numpy as np


@dataclass(frozen=True)
class Estimate:
    """A value with its confidence interval.

    Attributes:
        value: None where it is undefined.
        low, high: the ends of the interval; None where nothing bounds the value on that side, or
            nothing shows its noise.
    """

    value: float | None
    low: float | None
    high: float | None

    @classmethod
    def point(cls, value: float | None) -> Self:
        """A value without an interval."""
        return cls(value, None, None)

    @property
    def bounded(self) -> bool:
        """Whether the interval has both ends."""
        return self.low is not None and self.high is not None

    def covers(self, value: float) -> bool:
        """Whether a value lies inside the interval, ends included."""
        above = self.low is None or self.low <= value
        return above and (self.high is None or value <= self.high)

    def clipped(self, least: float, most: float) -> Estimate:
        """The estimate of a quantity that cannot lie outside [least, most]."""
        low = least if self.low is None else min(max(self.low, least), most)
        high = most if self.high is None else max(min(self.high, most), least)
        return Estimate(self.value, low, high)


UNDEFINED = Estimate(None, None, None)


def percentile_estimate(
    value: float, replicates: Any, level: float, *, undefined: np.ndarray | None = None
) -> Estimate:
    """A value with the central `level` share of its replicates, rounded outwards to a replicate.

    No interpolation between order statistics: it would turn an infinite neighbour into NaN, and
    rounding outwards errs on the side of covering.

    Args:
        value: the statistic of the data.
        replicates: (B,) values of the statistic.
        level: share inside the interval, such as 0.95.
        undefined: (B,) bools or None; a replicate where the statistic has no value. It counts as
            -inf for the low end and as +inf for the high end, so that doubt widens both.

    Raises:
        ValueError: an end is NaN.
    """
    low_B = high_B = np.asarray(replicates, dtype=float)  # (B,)
    if undefined is not None and undefined.any():
        low_B = np.where(undefined, -np.inf, low_B)
        high_B = np.where(undefined, np.inf, high_B)
    tail = (1.0 - level) / 2.0 * (low_B.size - 1)
    at = math.floor(tail + 1e-9)  # the same count from either end
    ends = float(np.sort(low_B)[at]), float(np.sort(high_B)[low_B.size - 1 - at])
    if any(map(math.isnan, ends)):
        raise ValueError(f"the ends of the interval are {ends}; allowed are no NaN replicates")
    low, high = (None if math.isinf(end) else end for end in ends)
    return Estimate(value, low, high)
