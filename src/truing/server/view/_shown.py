"""Estimates as a page shows them: read from any file, as text, and on a shared axis."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from truing.given import shown
from truing.measures import Estimate
from truing.report import estimate_text, p_text, signed_text
from truing.report.page import breakable
from truing.runs import as_number
from truing.server._pages import TEMPLATES

WIDTH, EDGE = 160.0, 6.0  # of a drawing, in SVG units


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


def read_estimate(row: Mapping[str, Any], name: str, prefix: str | None = None) -> Estimate:
    """Value of a row under `name`, with its interval under `prefix_low` and `prefix_high`."""
    prefix = name if prefix is None else prefix
    low, high = (as_number(row.get(f"{prefix}_{end}".lstrip("_"))) for end in ("low", "high"))
    return Estimate(as_number(row.get(name)), low, high)


def axis_of(estimates: Iterable[Estimate]) -> SharedAxis:
    """An axis that contains all values and their intervals."""
    ends = [end for one in estimates for end in one.known]
    low, high = min(ends, default=0.0), max(ends, default=1.0)
    return SharedAxis(low, high) if high > low else SharedAxis(low - 0.5, high + 0.5)


def named(text: str) -> Any:
    """An escaped name; that of a given object without its digest, which is shown on hover."""
    short = shown(text)
    if short == text:
        return breakable(text)
    return Markup('<abbr title="{}">{}</abbr>').format(text, breakable(short))


TEMPLATES.filters |= {"estimate": estimate_text, "signed": signed_text, "p": p_text, "named": named}
