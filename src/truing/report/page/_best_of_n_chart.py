"""Chart of best-of-n: truth of the kept candidate against the number of candidates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import cycle
from typing import Any

from truing.measures import BestOfN, BestOfNPoint
from truing.report._best_of_n import CEILING, MEANING, ORACLE, WEAK, counted_questions, named_curves
from truing.report._texts import by_pair
from truing.report.drawing import (
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
from truing.report.page._pgr_marks import of_first_methods, other_methods_text, series_marks
from truing.studies import Row

CEILINGS = ("diamond", "square", "triangle-up", "circle")  # shapes; the first ceiling is common
SUPERVISOR = Mark(WEAK, GREY, "triangle-down")
BOUNDS = Mark("oracle (above) and random choice", GREY, "dashes")
MOST_SUBPLOTS = 8
BESIDE = 1.025  # ratio of the places of two series at one n
REACH = 1.1  # ratio of an end of the axis and the nearest n


def draw_best_of_n(rows: Sequence[Row]) -> Drawing:
    """Draw the truth of best-of-n against n, one subplot per task, supervisor and student."""
    known = [row for row in rows if row.best_of_n]
    shown = of_first_methods(known)
    groups = by_pair(shown)
    curves = {name: list(named_curves(group)) for name, group in groups.items()}
    methods = series_marks(row.method for row in shown)
    marks = (*methods, *_ceiling_marks(curves.values()), SUPERVISOR)
    return Drawing(
        "best-of-n",
        "Best of n",
        f"{MEANING} Horizontal: n, on a log scale. The table states the KL divergence of each n "
        "from a random choice. Intervals are 95% and cover seeds and questions. "
        f"{counted_questions(known)}{other_methods_text(known)}",
        tuple(
            Subplot(name, partial(_chart, found, marks))
            for name, found in list(curves.items())[:MOST_SUBPLOTS]
        ),
        (*marks, BOUNDS),
        tuple(
            row
            for name, group in by_pair(known).items()
            for series, curve in named_curves(group)
            for row in _tidy(name, series, curve)
        ),
    )


def _ceiling_marks(curves: Iterable[Sequence[tuple[str, BestOfN]]]) -> Iterator[Mark]:
    """A mark for each name of a ceiling."""
    found = dict.fromkeys(name for group in curves for name, _ in group if name.startswith(CEILING))
    for name, shape in zip(found, cycle(CEILINGS), strict=False):
        yield Mark(name, GREY, shape)


def _tidy(name: str, series: str, curve: BestOfN) -> list[dict[str, Any]]:
    return [
        {
            "row": name,
            "series": series,
            "n": point.n,
            "kl": point.kl,
            "value": point.truth.value,
            "low": point.truth.low,
            "high": point.truth.high,
            ORACLE: point.oracle.value,
            "reward_gain": point.reward_gain,
        }
        for point in curve.points
    ]


def _chart(curves: Sequence[tuple[str, BestOfN]], marks: Sequence[Mark], layout: Layout) -> Spec:
    """Points with intervals, joined by a line per series, between random choice and oracle."""
    names = [mark.name for mark in marks]
    points = curves[0][1].points
    values = [
        {
            "series": series,
            "n": _horizontal_place(point, names.index(series), len(names)),
            **_ends(point),
        }
        for series, curve in curves
        for point in curve.points
    ]
    ends = [one["n"] for one in values] + [points[0].n, points[-1].n]
    x = {
        "field": "n",
        "type": "quantitative",
        "title": "n, candidates of a question (log)",
        "scale": {"type": "log", "domain": [min(ends) / REACH, max(ends) * REACH], "nice": False},
        "axis": {"format": "d", "values": [point.n for point in points]},
    }
    every = [end for one in values for end in (one["low"], one["high"])]
    every += [point.oracle.value for point in points]
    scale = {"domain": [min(every), max(every)], "nice": True, "zero": False}
    y = {"field": "value", "type": "quantitative", "title": "right answers", "scale": scale}
    color, shape = mark_scales("series", marks)
    encoding = {"x": x, "y": y, "color": color}
    drawn: list[tuple[Spec, Spec]] = [
        ({"type": "line", "strokeWidth": 1.5}, {}),
        ({"type": "rule", "strokeWidth": 2}, {"y": {**y, "field": "low"}, "y2": {"field": "high"}}),
        (point_mark(round(layout.font * layout.font / 2.4)), {"shape": shape}),
    ]
    layers = [*_bounds(points, x, y)]
    layers += [
        {"data": {"values": values}, "mark": mark, "encoding": {**encoding, **channels}}
        for mark, channels in drawn
    ]
    return styled(layers, layout.font * 18, layout)


def _horizontal_place(point: BestOfNPoint, number: int, count: int) -> float:
    """Horizontal place: series at one n are drawn beside each other."""
    return point.n * BESIDE ** (number - (count - 1) / 2)


def _ends(point: BestOfNPoint) -> dict[str, Any]:
    return {"value": point.truth.value, "low": point.truth.low, "high": point.truth.high}


def _bounds(points: Sequence[BestOfNPoint], x: Spec, y: Spec) -> list[Spec]:
    """Dashed lines of the oracle and of the random choice."""
    mark = {"type": "line", "color": GREY.light, "strokeDash": [4, 3], "strokeWidth": 1.5}
    lines = (
        [{"n": one.n, "value": one.oracle.value} for one in points],
        [{"n": one.n, "value": points[0].truth.value} for one in points],
    )
    return [
        {"data": {"values": line}, "mark": mark, "encoding": {"x": x, "y": y}} for line in lines
    ]
