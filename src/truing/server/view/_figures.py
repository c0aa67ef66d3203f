"""Shown estimates: values with their intervals, of any file, and how they are drawn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from truing.report import interval_text
from truing.runs import as_number

WIDTH, EDGE = 160.0, 6.0  # of a drawing, in its own units


@dataclass(frozen=True)
class ShownEstimate:
    """A value and the ends of its 95% interval; None where there is none."""

    value: float | None
    low: float | None = None
    high: float | None = None

    def __bool__(self) -> bool:
        return self.value is not None

    def text(self, digits: int = 3, sign: bool = False) -> str:
        """In words: `0.42 [0.31, 0.55]`; without the brackets where no interval is known."""
        if self.value is None:
            return "undefined"
        if self.low is None and self.high is None:
            return f"{self.value:+.{digits}f}" if sign else f"{self.value:.{digits}f}"
        if sign and self.low is not None and self.high is not None:
            ends = f"[{self.low:+.{digits}f}, {self.high:+.{digits}f}]"
            return f"{self.value:+.{digits}f} {ends}"
        return interval_text(self.value, self.low, self.high, digits)


@dataclass(frozen=True)
class SharedAxis:
    """What a column of drawings has in common: its ends."""

    low: float
    high: float

    def at(self, value: float | None) -> float:
        """Where a value is drawn; what lies beyond an end is drawn at it."""
        if value is None:
            return EDGE
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return round(EDGE + share * (WIDTH - 2 * EDGE), 2)

    def holds(self, value: float | None) -> bool:
        """Whether a value lies between the ends."""
        return value is not None and self.low <= value <= self.high


UNIT = SharedAxis(0.0, 1.0)


def figure(row: Mapping[str, Any], name: str, prefix: str | None = None) -> ShownEstimate:
    """A figure of a row: its value under `name`, its ends under `prefix_low` and `prefix_high`."""
    prefix = name if prefix is None else prefix
    ends = (as_number(row.get(f"{prefix}_{end}".lstrip("_"))) for end in ("low", "high"))
    return ShownEstimate(as_number(row.get(name)), *ends)


def axis_of(figures: Iterable[ShownEstimate]) -> SharedAxis:
    """An axis that holds all figures and their intervals."""
    ends = [x for one in figures for x in (one.value, one.low, one.high) if x is not None]
    low, high = min(ends, default=0.0), max(ends, default=1.0)
    return SharedAxis(low, high) if high > low else SharedAxis(low - 0.5, high + 0.5)
