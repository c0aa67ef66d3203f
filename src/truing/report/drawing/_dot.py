"""Dot: a value with its interval, and how much of it an axis shows."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from truing.measures import Estimate
from truing.report.drawing._axis import ChartAxis


@dataclass(frozen=True)
class Dot:
    """A value with its interval.

    Attributes:
        row: name of its row.
        series: name of its mark.
        estimate: the value and its interval.
        text: text at the right of the row.
        several: values of smaller marks, such as one per seed.
    """

    row: str
    series: str
    estimate: Estimate
    text: str = ""
    several: Sequence[float] = ()


def dot_fields(one: Dot, axis: ChartAxis) -> dict[str, Any]:
    """Fields of a point.

    An interval beyond the axis ends at the axis with an arrow (`beyond`). For a value beyond the
    axis there is an arrow with the value as text (`far`) instead of a point.
    """
    value, low, high = one.estimate.value, one.estimate.low, one.estimate.high
    if value is None:
        return {"series": one.series, "several": []}
    low = -math.inf if low is None else low
    high = math.inf if high is None else high
    fields: dict[str, Any] = {
        "series": one.series,
        "several": [v for v in one.several if axis.low <= v <= axis.high],
    }
    if low <= axis.high and high >= axis.low:
        fields |= {"low": max(low, axis.low), "high": min(high, axis.high)}
    if axis.low <= value <= axis.high:
        fields["value"] = value
    else:
        side = "low" if value < axis.low else "high"
        fields |= {f"far {side}": getattr(axis, side), "text": _far_text(value)}
    if low < axis.low <= value:
        fields["beyond low"] = axis.low
    if high > axis.high >= value:
        fields["beyond high"] = axis.high
    return fields


def beyond_text(drawn: Iterable[tuple[Sequence[Dot], ChartAxis]]) -> str:
    """Sentences on the arrows and triangles at the ends of axes; empty if there are none."""
    fields = {field for dots, axis in drawn for one in dots for field in dot_fields(one, axis)}
    text = ""
    if fields & {"beyond low", "beyond high"}:
        text += " An arrow marks an interval that continues beyond the axis."
    if fields & {"far low", "far high"}:
        text += " A triangle with a number at the border is a value beyond the axis."
    return text


def _far_text(value: float) -> str:
    """A value with about three digits: `0.061`, `-9.13`, `-463`."""
    return (
        f"{value:.3f}"
        if abs(value) < 1
        else f"{value:.2f}"
        if abs(value) < 100
        else f"{value:,.0f}"
    )


def interval_rows(values: Iterable[tuple[Mapping[str, Any], Dot]]) -> tuple[dict[str, Any], ...]:
    """Tidy rows of dots: their context, row and series, and the value with its interval."""
    return tuple(
        {
            **about,
            "row": one.row,
            "series": one.series,
            "value": one.estimate.value,
            "low": one.estimate.low,
            "high": one.estimate.high,
        }
        for about, one in values
    )
