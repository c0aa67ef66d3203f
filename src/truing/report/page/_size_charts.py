"""Charts of a study of language models: PGR and accuracy against the student's parameters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from truing.measures import Estimate
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
from truing.report.page._pgr_marks import (
    FIXED,
    SHOWN,
    of_first_methods,
    other_methods_text,
    series_marks,
)
from truing.studies import Row

CEILING = Mark("ceiling", GREY, "diamond")
WEAK = Mark("weak supervisor", GREY, "triangle-down")
MOST_SUBPLOTS = 8
BESIDE = 1.02  # ratio of the places of two series of one student
REACH = 1.15  # ratio of an end of the axis and the nearest student


def has_sizes(rows: Sequence[Row]) -> bool:
    """Whether a chart against parameters shows something: students of two or more known sizes."""
    return len({row.parameters for row in rows if row.parameters}) > 1


def draw_sizes(rows: Sequence[Row]) -> list[Drawing]:
    """Draw PGR, and accuracy, against the number of parameters of the student.

    One subplot per task and supervisor; a student without a known size is left out.
    """
    known = [row for row in rows if row.parameters]
    sized = of_first_methods(known)
    marks = series_marks(row.method for row in sized)
    groups: dict[str, list[Row]] = {}
    for row in sized:
        groups.setdefault(f"{row.task}, supervisor {row.weak}", []).append(row)
    about = (
        "Horizontal: parameters of the student, up to the layer that it uses, on a log scale. "
        "Intervals are 95% and cover seeds and test items."
    )
    others = other_methods_text(known)
    pgrs = {name: _pgrs(group) for name, group in groups.items()}
    scores = {name: _accuracies(group) for name, group in groups.items()}
    accuracies = tuple(replace(one, name=f"{one.name}, transfer") for one in marks)
    return [
        Drawing(
            "pgr-by-size",
            "PGR by size of the student",
            "Share of the gap between weak supervisor and ceiling that is recovered. "
            f"{about}{_beyond(pgrs, 'PGR')}{others}",
            _subplots(pgrs, marks, "PGR"),
            (*marks, FIXED),
            tuple(_tidy(name, one) for name, points in pgrs.items() for one in points),
        ),
        Drawing(
            "accuracy-by-size",
            "Accuracy by size of the student",
            "Accuracy of students of the weak labels, and of the ceilings. "
            f"{about}{_beyond(scores, 'accuracy')}{others}",
            _subplots(scores, (*accuracies, CEILING, WEAK), "accuracy"),
            (*accuracies, CEILING, WEAK),
            tuple(_tidy(name, one) for name, points in scores.items() for one in points),
        ),
    ]


Point = tuple[str, int, Estimate]
"""Series, parameters of the student, and value with its interval."""
Groups = dict[str, list[Point]]
"""Points by title of their subplot."""


def _pgrs(rows: Sequence[Row]) -> list[Point]:
    return [(row.method, row.parameters or 0, row.recovered) for row in rows if row.pgr is not None]


def _accuracies(rows: Sequence[Row]) -> list[Point]:
    """Transfer of each method; ceiling and weak accuracy once per student."""
    first = {row.parameters: row for row in reversed(rows)}
    return [
        *(
            (f"{row.method}, transfer", row.parameters or 0, row.accuracy("transfer"))
            for row in rows
        ),
        *((CEILING.name, size or 0, row.accuracy("ceiling")) for size, row in first.items()),
        *((WEAK.name, size or 0, row.accuracy("weak")) for size, row in first.items()),
    ]


def _tidy(group: str, point: Point) -> dict[str, Any]:
    series, parameters, value = point
    ends = {"value": value.value, "low": value.low, "high": value.high}
    return {"row": group, "series": series, "parameters": parameters, **ends}


def _subplots(groups: Groups, marks: Sequence[Mark], title: str) -> tuple[Subplot, ...]:
    """One subplot per group that has a point in the drawn range."""
    span = _span(groups, title)
    sizes = sorted({size for points in groups.values() for _, size, _ in points})
    return tuple(
        Subplot(name, partial(_curves, points, marks, title, span, sizes))
        for name, points in _drawn(groups, span).items()
    )


def _span(groups: Groups, title: str) -> tuple[float, float]:
    """Ends of the vertical axis."""
    ends = [end for points in groups.values() for *_, one in points for end in one.known]
    fixed = [0.0, 1.0] if title == "PGR" else []
    return max(min(ends + fixed), SHOWN[0]), min(max(ends + fixed), SHOWN[1])


def _drawn(groups: Groups, span: tuple[float, float]) -> Groups:
    """The groups that get a subplot: the first with a point in the drawn range."""
    shown = list(groups.items())[:MOST_SUBPLOTS]
    return {name: points for name, points in shown if any(_within(one, span) for *_, one in points)}


def _beyond(groups: Groups, title: str) -> str:
    """A sentence on values beyond the axis; empty if there are none."""
    span = _span(groups, title)
    drawn = [one for points in _drawn(groups, span).values() for *_, one in points]
    far = any(one.value is not None and not _within(one, span) for one in drawn)
    return " A triangle with a number is a value beyond the axis." if far else ""


def _within(one: Estimate, span: tuple[float, float]) -> bool:
    return one.value is not None and span[0] <= one.value <= span[1]


def _curves(
    points: Sequence[Point],
    marks: Sequence[Mark],
    title: str,
    span: tuple[float, float],
    sizes: Sequence[int],
    layout: Layout,
) -> Spec:
    """Points with intervals, joined by a line per series, over a log axis of parameters."""
    names = [mark.name for mark in marks]
    values: list[Spec] = []
    beyond: dict[str, list[Spec]] = {"triangle-down": [], "triangle-up": []}
    for series, size, one in points:
        # Series of one student are drawn beside each other.
        place = size * BESIDE ** (names.index(series) - (len(names) - 1) / 2)
        about = {"series": series, "parameters": place}
        if one.value is not None and not _within(one, span):
            side = "triangle-down" if one.value < span[0] else "triangle-up"
            value = min(max(one.value, span[0]), span[1])
            beyond[side].append({**about, "value": value, "text": f"{one.value:.2g}"})
        elif one.value is not None:
            low = span[0] if one.low is None else max(one.low, span[0])
            high = span[1] if one.high is None else min(one.high, span[1])
            values.append({**about, "value": one.value, "low": low, "high": high})
    color, shape = mark_scales("series", marks)
    x = {
        "field": "parameters",
        "type": "quantitative",
        "title": "parameters of the student (log)",
        "scale": {"type": "log", "domain": [sizes[0] / REACH, sizes[-1] * REACH], "nice": False},
        "axis": {"format": "~s", "values": _ticks(sizes), "labelOverlap": "greedy"},
    }
    scale = {"domain": list(span), "nice": True, "zero": False}
    y = {"field": "value", "type": "quantitative", "title": title, "scale": scale}
    ends = {"y": {**y, "field": "low"}, "y2": {"field": "high"}}
    area = round(layout.font * layout.font / 2.4)
    text = {"text": {"field": "text", "type": "nominal"}, "y": y}
    number = {"type": "text", "align": "left", "dx": 7, "fontSize": layout.font - 2}
    drawn: list[tuple[list[Spec], Spec, Spec]] = [
        (values, {"type": "line", "strokeWidth": 1.5}, {"y": y}),
        (values, {"type": "rule", "strokeWidth": 2}, ends),
        (values, point_mark(area), {"y": y, "shape": shape}),
    ]
    for side, placed in beyond.items():
        drawn += [(placed, point_mark(area, shape=side), {"y": y}), (placed, number, text)]
    layers = _fixed_lines(y) if title == "PGR" else []
    for rows, mark, channels in drawn:
        encoding = {"x": x, "color": color, **channels}
        layers.append({"data": {"values": rows}, "mark": mark, "encoding": encoding})
    return styled(layers, layout.font * 18, layout)


def _fixed_lines(y: Spec) -> list[Spec]:
    """Lines at the weak supervisor (0) and the ceiling (1)."""
    rule = {"type": "rule", "color": GREY.light, "strokeDash": [4, 3]}
    lines = {"values": [{"value": 0.0}, {"value": 1.0}]}
    return [{"data": lines, "mark": rule, "encoding": {"y": y}}]


def _ticks(sizes: Sequence[int]) -> list[float]:
    """Ticks 1, 2 and 5 times a power of ten around the sizes."""
    every = [lead * 10.0**power for power in range(3, 13) for lead in (1, 2, 5)]
    return [tick for tick in every if sizes[0] / 2 <= tick <= sizes[-1] * 2]
