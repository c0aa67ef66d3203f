"""Values with their intervals, read from any file, and their drawing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from truing.report import interval_text
from truing.runs import as_number

WIDTH, EDGE = 160.0, 6.0  # of a drawing, in SVG units


@dataclass(frozen=True)
class ShownEstimate:
    """A value and the ends of its 95% interval; None if missing."""

    value: float | None
    low: float | None = None
    high: float | None = None

    def __bool__(self) -> bool:
        return self.value is not None

    def text(self, digits: int = 3, sign: bool = False) -> str:
        """The value as text: `0.42 [0.31, 0.55]`; without brackets if no interval is known."""
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
    """The axis that all drawings of a column share."""

    low: float
    high: float

    def at(self, value: float | None) -> float:
        """Position of a value in SVG units; values beyond an end are drawn at the end."""
        if value is None:
            return EDGE
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return round(EDGE + share * (WIDTH - 2 * EDGE), 2)

    def contains(self, value: float | None) -> bool:
        """Whether a value lies between the ends of the axis."""
        return value is not None and self.low <= value <= self.high


UNIT = SharedAxis(0.0, 1.0)


def figure(row: Mapping[str, Any], name: str, prefix: str | None = None) -> ShownEstimate:
    """Value of a row under `name`, with its interval under `prefix_low` and `prefix_high`."""
    prefix = name if prefix is None else prefix
    ends = (as_number(row.get(f"{prefix}_{end}".lstrip("_"))) for end in ("low", "high"))
    return ShownEstimate(as_number(row.get(name)), *ends)


def axis_of(figures: Iterable[ShownEstimate]) -> SharedAxis:
    """An axis that contains all values and their intervals."""
    ends = [x for one in figures for x in (one.value, one.low, one.high) if x is not None]
    low, high = min(ends, default=0.0), max(ends, default=1.0)
    return SharedAxis(low, high) if high > low else SharedAxis(low - 0.5, high + 0.5)
