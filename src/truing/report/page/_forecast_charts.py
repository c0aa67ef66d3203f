"""Charts of forecasts: calibration of probabilities, and expected against measured gains."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from truing.report.drawing import (
    BLUE,
    GREY,
    Drawing,
    Layout,
    Mark,
    Spec,
    Subplot,
    mark_scales,
    point_mark,
    styled,
)
from truing.report.page._calibration_chart import CALIBRATED, diagonal
from truing.report.page._pgr_marks import series_marks
from truing.research import ForecastReport

BINNED = Mark("forecasts of similar probability, 95%", BLUE, "circle")
EXACT = Mark("the measured gain is as expected", GREY, "dashes")
MARGIN = 0.05  # share of the drawn range beyond the points

Forecasts = Mapping[str, ForecastReport]


def draw_probabilities(reports: Forecasts) -> Drawing:
    """Draw the share of methods that gain against the forecast probability."""
    groups = {
        name: one.overall.probability.groups
        for name, one in reports.items()
        if one.overall.probability is not None
    }
    curves = {
        name: [
            {
                "confidence": one.probability,
                "right": one.share.value,
                "low": one.share.low,
                "high": one.share.high,
            }
            for one in group
        ]
        for name, group in groups.items()
    }
    titles = "forecast probability of a gain", "share of methods that gain"
    return Drawing(
        "forecast-probabilities",
        "Calibration of the forecast probabilities",
        "Forecasts in up to ten groups by probability. Horizontal: mean probability that the gain "
        "on the climb tier is above 0; vertical: share of methods whose measured gain is. On the "
        "broken line both are equal. Intervals are 95%, clustered by method.",
        tuple(
            Subplot(name, partial(diagonal, curve, 0.0, titles)) for name, curve in curves.items()
        ),
        (BINNED, CALIBRATED),
        tuple(
            {
                "researchers": name,
                "probability": one.probability,
                "share": one.share.value,
                "low": one.share.low,
                "high": one.share.high,
                "forecasts": one.count,
            }
            for name, group in groups.items()
            for one in group
        ),
    )


def draw_effects(reports: Forecasts) -> Drawing:
    """Draw the measured gain of each method against its expected effect."""
    rows: dict[str, list[dict[str, Any]]] = {
        name: [
            {"researcher": point.researcher, "expected": point.expected, "measured": point.gain}
            for point in one.forecasts
            if point.gain is not None
        ]
        for name, one in reports.items()
    }
    rows = {name: found for name, found in rows.items() if found}
    marks = series_marks(row["researcher"] for found in rows.values() for row in found)
    return Drawing(
        "forecast-effects",
        "Expected and measured gains",
        "Each mark is a method. Horizontal: expected effect on its method card; vertical: measured "
        "gain on the climb tier. On the broken line both are equal; below it the expectation was "
        "too high.",
        tuple(Subplot(name, partial(_scatter, found, marks)) for name, found in rows.items()),
        (*marks, EXACT),
        tuple({"researchers": name, **row} for name, found in rows.items() for row in found),
    )


def _scatter(rows: Sequence[Mapping[str, Any]], marks: Sequence[Mark], layout: Layout) -> Spec:
    """The methods, and the diagonal over the range of the expected gains."""
    expected, measured = ([row[name] for row in rows] for name in ("expected", "measured"))
    ends = _ends(expected)
    color, shape = mark_scales("researcher", marks)

    def axis(field: str, title: str, domain: list[float]) -> Spec:
        scale = {"domain": domain, "nice": False, "zero": False}
        ticks = {"tickCount": 5}
        own = {"field": field, "type": "quantitative", "title": title}
        return {**own, "scale": scale, "axis": ticks}

    place = {
        "x": axis("expected", "expected gain", ends),
        "y": axis("measured", "measured gain", _ends([*measured, *ends])),
    }
    layers: list[Spec] = [
        {
            "data": {"values": [{"expected": end, "measured": end} for end in ends]},
            "mark": {"type": "line", "color": GREY.light, "strokeDash": [4, 3]},
            "encoding": place,
        },
        {
            "data": {"values": list(rows)},
            "mark": point_mark(46),
            "encoding": {**place, "color": color, "shape": shape},
        },
    ]
    return styled(layers, layout.font * 18, layout)


def _ends(values: Sequence[float]) -> list[float]:
    """The range of some values, with room beyond them."""
    room = MARGIN * (max(values) - min(values)) or MARGIN
    return [min(values) - room, max(values) + room]
