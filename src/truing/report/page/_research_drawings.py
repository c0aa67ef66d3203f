"""Charts of a research run: best gain over time, and gains of the finalists on each tier."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from truing.report.drawing import (
    GREY,
    INK,
    ChartAxis,
    Dot,
    Drawing,
    Layout,
    Mark,
    Spec,
    Subplot,
    beyond_text,
    dots,
    interval_rows,
    mark_scales,
    point_mark,
    styled,
)
from truing.report.page._pgr_marks import series_marks
from truing.report.page._study_charts import MOST_SUBPLOTS
from truing.research import ReportedFinalist, ResearchReport
from truing.research.problems import TIERS

NO_GAIN = Mark("no gain over the baseline", GREY, "dashes")
RELEASED = Mark("released to the researcher", INK, "line")
BEST = Mark("best so far, not released", INK, "dashes")
LINES = {RELEASED.name: [1, 0], BEST.name: [4, 3]}
LOWEST = -0.05  # smallest drawn gain; far lower first gains would compress the rest
FAR_READING = (
    f"A triangle at the bottom is a gain below {LOWEST:g}; the number is the first such gain."
)

Reports = Mapping[str, ResearchReport]


def draw_progress(reports: Reports) -> Drawing:
    """Draw the best gain against methods tried: the released gain and the actual best gain."""
    marks = series_marks(reports)
    rows: tuple[dict[str, Any], ...] = tuple(
        {"researcher": name, "tried": at.evaluations, "which": which, "gain": gain}
        for name, report in reports.items()
        for at in report.progress
        for which, gain in zip(LINES, (at.released, at.best), strict=True)
        if gain is not None
    )
    solid, dashed = LINES
    return Drawing(
        "best-so-far",
        "Best gain by number of methods tried",
        f"Mean accuracy gain on the climb tier. Solid line: {solid}, rounded to steps. Broken "
        f"line: {dashed} before the end of the run. Both are maxima of many methods and therefore "
        "partly luck, so no interval is shown; the finalists below were scored again."
        + (f" {FAR_READING}" if any(row["gain"] < LOWEST for row in rows) else ""),
        (Subplot("climb tier", partial(_progress, rows, marks)),) if rows else (),
        (*marks, RELEASED, BEST),
        rows,
    )


def draw_finalists(reports: Reports) -> Drawing:
    """Draw the gains of all finalists on the tasks of each tier, one subplot per researcher."""
    groups = {
        name: [
            dot for place, one in enumerate(report.finalists, 1) for dot in _finalist(place, one)
        ]
        for name, report in reports.items()
    }
    groups = {name: group for name, group in groups.items() if group}
    marks = series_marks(dot.series for group in groups.values() for dot in group)
    every = (dot.estimate for group in groups.values() for dot in group)
    axis = ChartAxis.around("gain in accuracy", every, lines=(0.0,), whole=(-1.0, 1.0))
    return Drawing(
        "finalists",
        "Gains of the finalists on each tier",
        "Rows are the finalists by place on climb. Accuracy gain over the baseline on the same "
        "seeds and items, with 95% intervals, not corrected. climb: items on which the finalists "
        "were chosen; sealed: other items, scored once; other tasks: tasks that the researchers "
        "do not know. A method that gains only on climb was lucky or fits only that task."
        f"{beyond_text((group, axis) for group in groups.values())}",
        tuple(
            Subplot(name, dots(group, (*marks, NO_GAIN), axis))
            for name, group in list(groups.items())[:MOST_SUBPLOTS]
        ),
        (*marks, NO_GAIN),
        interval_rows(
            ({"researcher": name}, dot) for name, group in groups.items() for dot in group
        ),
    )


def _progress(rows: Sequence[Mapping[str, Any]], marks: Sequence[Mark], layout: Layout) -> Spec:
    color, shape = mark_scales("researcher", marks)
    which = {"field": "which", "type": "nominal"}
    dash = {"domain": list(LINES), "range": list(LINES.values())}
    place = {
        "x": {
            "field": "tried",
            "type": "quantitative",
            "title": "methods tried",
            "axis": {"values": _whole_ticks([row["tried"] for row in rows]), "format": "d"},
        },
        "y": {
            "field": "gain",
            "type": "quantitative",
            "title": "gain in accuracy",
            "axis": {"tickCount": 5},
        },
        "color": color,
    }
    values = [
        {**row, "gain": max(row["gain"], LOWEST), "far": row["gain"] < LOWEST} for row in rows
    ]
    layers: list[Spec] = [
        {
            "mark": {"type": "line", "interpolate": "step-after", "strokeWidth": 2},
            "encoding": {**place, "strokeDash": {**which, "legend": None, "scale": dash}},
        },
        {
            "transform": [{"filter": "!datum.far"}],
            "mark": point_mark(26),
            "encoding": {**place, "shape": shape, "detail": which},
        },
        {
            "transform": [{"filter": "datum.far"}],
            "mark": point_mark(70, shape="triangle-down"),
            "encoding": place,
        },
        *_far_texts(rows, marks, place, layout),
    ]
    return {**styled(layers, layout.font * 18, layout), "data": {"values": values}}


def _whole_ticks(counts: Sequence[int]) -> list[int]:
    """At most 7 ticks at whole numbers within the range of some counts.

    A number of ticks with a smallest step is not enough: Vega draws 1.5 and 2.5 for 1 to 3 methods.
    """
    first, last = min(counts), max(counts)
    steps = (lead * 10**power for power in range(12) for lead in (1, 2, 5))
    step = next(one for one in steps if (last - first) / one <= 6)
    return list(range(-(-first // step) * step, last + 1, step))


def _far_texts(
    rows: Sequence[Mapping[str, Any]], marks: Sequence[Mark], place: Spec, layout: Layout
) -> list[Spec]:
    """The first gain of each researcher that is too low to be drawn, as text above its triangle."""
    layers: list[Spec] = []
    for mark in marks:
        far = [row for row in rows if row["researcher"] == mark.name and row["gain"] < LOWEST]
        if not far:
            continue
        text = {
            "type": "text",
            "align": "left",
            "baseline": "bottom",
            "dx": 8,
            "dy": -len(layers) * layout.line,
            "fontSize": layout.font - 1,
        }
        shown = {**far[0], "gain": LOWEST, "text": f"{far[0]['gain']:+.2f}"}
        encoding = {**place, "text": {"field": "text", "type": "nominal"}}
        layers.append({"data": {"values": [shown]}, "mark": text, "encoding": encoding})
    return layers


def _finalist(place: int, one: ReportedFinalist) -> list[Dot]:
    """One dot per task of each tier; none for tiers on which the method failed."""
    return [
        Dot(f"{place}", f"{label}: {gain.task}", gain)
        for tier, label in TIERS.items()
        for gain in one.gains.get(tier, ())
    ]
