"""An interval, and how one is read off bootstrap replicates."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Interval:
    """A closed interval of real numbers; an end that nothing bounds is -inf or +inf.

    Raises:
        ValueError: an end is NaN, or `low` is above `high`.
    """

    low: float
    high: float

    def __post_init__(self) -> None:
        if math.isnan(self.low) or math.isnan(self.high) or self.low > self.high:
            raise ValueError(
                f"interval is [{self.low}, {self.high}]; allowed is low <= high, and no NaN"
            )

    @property
    def width(self) -> float:
        """`high - low`; inf where an end is unbounded."""
        return self.high - self.low

    @property
    def bounded(self) -> bool:
        """Whether both ends are finite."""
        return math.isfinite(self.low) and math.isfinite(self.high)

    def covers(self, value: float) -> bool:
        """Whether `value` lies inside, ends included."""
        return self.low <= value <= self.high

    def clipped(self, low: float, high: float) -> Interval:
        """The same interval cut to [low, high], for a quantity which can lie nowhere else."""
        return Interval(min(max(self.low, low), high), max(min(self.high, high), low))


def percentile_interval(
    replicates, level: float, *, undefined: np.ndarray | None = None
) -> Interval:
    """The central `level` share of the replicates, rounded outwards to a replicate's own value.

    No interpolation between order statistics: it would turn an infinite neighbour into NaN, and
    rounding outwards errs on the side of covering.

    Args:
        replicates: (B,) values of the statistic.
        level: share to hold, such as 0.95.
        undefined: (B,) bools or None; a replicate where the statistic has no value. It counts as
            -inf for the low end and as +inf for the high end, so that doubt widens both.
    """
    low_B = high_B = np.asarray(replicates, dtype=float)  # (B,)
    if undefined is not None and undefined.any():
        low_B = np.where(undefined, -np.inf, low_B)
        high_B = np.where(undefined, np.inf, high_B)
    tail = (1.0 - level) / 2.0 * (low_B.size - 1)
    at = math.floor(tail + 1e-9)  # the same count from either end
    return Interval(float(np.sort(low_B)[at]), float(np.sort(high_B)[low_B.size - 1 - at]))
