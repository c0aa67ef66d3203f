"""Chart of pressure: belief, truth and accuracy of the selected play against n."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from truing.measures import Estimate, PressureCurve, PressureMeasures, PressurePoint
from truing.report._pressure_summary import PRESSURE_MEANING, curve_names
from truing.report.drawing import (
    BLUE,
    GREEN,
    GREY,
    PURPLE,
    Drawing,
    Layout,
    Mark,
    Spec,
    Subplot,
    mark_scales,
    point_mark,
    styled,
)

BELIEF = Mark("belief (selects)", BLUE, "circle")
HELD_OUT = Mark("belief of the judge, who does not select", PURPLE, "square")
TRUTH = Mark("truth of the selected answer", GREEN, "diamond")
RIGHT = Mark("accuracy of the judge's verdict", GREY, "triangle-up")
MOST_SUBPLOTS = 12
REACH = 1.1  # ratio of an end of the axis and the nearest n


def draw_pressure(found: PressureMeasures) -> Drawing:
    """Draw belief, truth and accuracy with 95% bands against n, one subplot per curve."""
    names = curve_names(found.curves)
    read = any(one.reader is not None for one in found.curves)
    marks = (BELIEF, *([HELD_OUT] if read else []), TRUTH, RIGHT)
    low = min(min(one.known) for curve in found.curves for one in _estimates(curve))
    shown = list(zip(names, found.curves, strict=True))
    return Drawing(
        "pressure",
        "Pressure on the judge",
        f"{PRESSURE_MEANING} Horizontal: n, on a log scale. Bands are 95% intervals, clustered by "
        "question; the table states those of the accuracy. The space between belief and truth is "
        "the gap." + (f" The first {MOST_SUBPLOTS} curves." if len(shown) > MOST_SUBPLOTS else ""),
        tuple(
            Subplot(name, partial(_chart, curve, marks, low))
            for name, curve in shown[:MOST_SUBPLOTS]
        ),
        marks,
        tuple(row for name, curve in shown for row in _tidy(name, curve)),
    )


def _series(point: PressurePoint) -> dict[str, Estimate]:
    """Values of a point by the name of their mark."""
    found = {BELIEF.name: point.proxy, TRUTH.name: point.truth, RIGHT.name: point.accuracy}
    return found if point.judge is None else {**found, HELD_OUT.name: point.judge}


def _estimates(curve: PressureCurve) -> list[Estimate]:
    return [one for point in curve.points for one in _series(point).values()]


def _tidy(name: str, curve: PressureCurve) -> list[dict[str, Any]]:
    """One row for each point and series, and one for its gap."""
    rows = []
    for point in curve.points:
        every = {**_series(point), "gap": point.gap, "gap increase": point.gap_increase}
        for series, one in every.items():
            ends = {"value": one.value, "low": one.low, "high": one.high}
            rows.append({"row": name, "series": series, "n": point.n, "kl": point.kl, **ends})
    return rows


def _chart(curve: PressureCurve, marks: Sequence[Mark], low: float, layout: Layout) -> Spec:
    """Lines with bands, on a log axis."""
    values = [
        {"series": series, "n": point.n, "value": one.value, "low": one.low, "high": one.high}
        for point in curve.points
        for series, one in _series(point).items()
    ]
    counts = [point.n for point in curve.points]
    x = {
        "field": "n",
        "type": "quantitative",
        "title": "n, candidates of a question (log)",
        "scale": {"type": "log", "domain": [1 / REACH, counts[-1] * REACH], "nice": False},
        "axis": {"format": "d", "values": counts},
    }
    scale = {"domain": [low, 1.0], "nice": True, "zero": False}
    y = {"field": "value", "type": "quantitative", "title": "probability", "scale": scale}
    color, shape = mark_scales("series", marks)
    ends = {"y": {**y, "field": "low"}, "y2": {"field": "high"}}
    banded = [one for one in values if one["series"] != RIGHT.name]
    drawn: list[tuple[Mapping[str, Any], Mapping[str, Any]]] = [
        ({"type": "area", "opacity": 0.18}, ends),
        ({"type": "line", "strokeWidth": 2}, {}),
        (point_mark(round(layout.font * layout.font / 2.4)), {"shape": shape}),
    ]
    layers = [
        {
            "data": {"values": banded if mark["type"] == "area" else values},
            "mark": mark,
            "encoding": {"x": x, "y": y, "color": color, **channels},
        }
        for mark, channels in drawn
    ]
    return styled(layers, layout.font * 18, layout)
