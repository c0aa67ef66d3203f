"""Estimate: a value with its confidence interval, and percentile intervals of replicates."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from scipy.special import ndtri, stdtrit


@dataclass(frozen=True)
class Estimate:
    """A value with its confidence interval.

    Attributes:
        value: the value; None if undefined.
        low, high: ends of the interval; None if the value is unbounded on that side, or if the data
            do not show its noise.
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

    @property
    def known(self) -> list[float]:
        """The value and the ends of the interval that are not None."""
        return [end for end in (self.low, self.value, self.high) if end is not None]

    def named(self, name: str) -> dict[str, float | None]:
        """JSON values: the value under a name, then `low` and `high`."""
        return {name: self.value, "low": self.low, "high": self.high}

    def covers(self, value: float) -> bool:
        """Whether the interval contains a value, ends included."""
        above = self.low is None or self.low <= value
        return above and (self.high is None or value <= self.high)

    def clipped(self, least: float, most: float) -> Estimate:
        """The estimate with its interval clipped to [least, most], the range of the quantity."""
        low = least if self.low is None else min(max(self.low, least), most)
        high = most if self.high is None else max(min(self.high, most), least)
        return Estimate(self.value, low, high)


UNDEFINED = Estimate(None, None, None)


def with_estimates(stored: Mapping[str, Any]) -> dict[str, Any]:
    """JSON values of `dataclasses.asdict`, in which each object is read as an estimate."""
    return {
        name: Estimate(**one) if isinstance(one, Mapping) else one for name, one in stored.items()
    }


def student_stretch(level: float, freedom: float) -> float:
    """Student's quantile / normal quantile: stretch of an interval with few degrees of freedom."""
    upper = (1.0 + level) / 2.0
    return float(stdtrit(freedom, upper) / ndtri(upper))


def percentile_estimate(
    value: float, replicates: Any, level: float, *, undefined: np.ndarray | None = None
) -> Estimate:
    """A value with the percentile interval of its replicates.

    The interval is the central `level` share of the replicates. Its ends are rounded outwards to a
    replicate, which is conservative. Interpolation between two replicates would turn an infinite
    replicate into NaN.

    Args:
        value: statistic of the data.
        replicates: (B,) values of the statistic in the replicates.
        level: share of replicates inside the interval, such as 0.95.
        undefined: (B,) bools, True for a replicate in which the statistic is undefined; None if
            there is no such replicate. It counts as -inf for the low end and as +inf for the high
            end, so it widens both ends.

    Raises:
        ValueError: an end is NaN.

    Examples:
        >>> from truing.measures import percentile_estimate
        >>> percentile_estimate(50.0, range(101), 0.9)
        Estimate(value=50.0, low=5.0, high=95.0)
    """
    low_B = high_B = np.asarray(replicates, dtype=float)  # (B,)
    if undefined is not None and undefined.any():
        low_B = np.where(undefined, -np.inf, low_B)
        high_B = np.where(undefined, np.inf, high_B)
    tail = (1.0 - level) / 2.0 * (low_B.size - 1)
    at = math.floor(tail + 1e-9)  # the same count from either end
    ends = float(np.sort(low_B)[at]), float(np.sort(high_B)[low_B.size - 1 - at])
    if any(map(math.isnan, ends)):
        raise ValueError(
            f"replicates contain NaN: interval ends are {ends}; mark such replicates as undefined"
        )
    low, high = (None if math.isinf(end) else end for end in ends)
    return Estimate(value, low, high)
