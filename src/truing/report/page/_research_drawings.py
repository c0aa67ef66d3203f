"""The charts of a research: the best so far, and what is left of the finalists where it counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from truing.report.drawing import (
    GREY,
    INK,
    ChartAxis,
    ChartPanel,
    Dot,
    Drawing,
    Mark,
    dots,
    interval_rows,
    styled,
)
from truing.report.page._study_charts import MOST_PANELS, series_marks

TIERS = ("climb", "sealed", "transfer")
NO_GAIN = Mark("no gain over the baseline", GREY, "dashes")
TOLD = Mark("told to the researcher", INK, "line")
THERE = Mark("the best there was", INK, "dashes")
LINES = {TOLD.name: [1, 0], THERE.name: [4, 3]}
LOWEST = -0.05  # gain that is drawn: what begins far below would squeeze all that follows
HEIGHT = 220  # pixels

Told = Mapping[str, Mapping[str, Any]]


def draw_progress(reports: Told) -> Drawing:
    """The best so far against methods tried: what was told, and what there was."""
    marks = series_marks(reports)
    rows = tuple(
        {"researcher": name, "tried": at["evaluations"], "which": which, "gain": gain}
        for name, held in reports.items()
        for at in held["progress"]
        for which, gain in zip(LINES, (at["released"], at["best"]), strict=True)
        if gain is not None
    )
    solid, dashed = LINES
    return Drawing(
        "best-so-far",
        "Best so far against methods tried",
        f"Mean gain in accuracy on the climb tier. Unbroken: {solid}, in rounded steps; broken: "
        f"{dashed}, which nobody is told before the end. Each is the best of many and so partly "
        "luck, for which no interval stands here: the finalists below were scored anew. Gains "
        f"below {LOWEST:g} are drawn there.",
        (ChartPanel("climb tier", _progress(rows, marks)),) if rows else (),
        (*marks, TOLD, THERE),
        rows,
    )


def draw_finalists(reports: Told) -> Drawing:
    """Every finalist's gain on the tasks of each tier, a panel for each researcher."""
    groups = {
        name: [
            dot for place, one in enumerate(held["finalists"], 1) for dot in _finalist(place, one)
        ]
        for name, held in reports.items()
    }
    groups = {name: held for name, held in groups.items() if held}
    marks = series_marks(dot.series for held in groups.values() for dot in held)
    ends = [end for held in groups.values() for dot in held for end in (dot.low, dot.high)]
    axis = ChartAxis.around("gain in accuracy", ends, lines=(0.0,))
    return Drawing(
        "finalists",
        "The finalists where they were chosen, and where it counts",
        "Gain over the baseline on the same seeds and items, with 95% intervals that are not "
        "corrected. climb: what they were chosen by; sealed: other items, scored once; transfer: "
        "tasks that were never named before. What climbs and gains nothing below it was luck or "
        "suits that task alone.",
        tuple(
            ChartPanel(name, dots(held, (*marks, NO_GAIN), axis))
            for name, held in list(groups.items())[:MOST_PANELS]
        ),
        (*marks, NO_GAIN),
        interval_rows(({"researcher": name}, dot) for name, held in groups.items() for dot in held),
    )


def _progress(rows: Sequence[Mapping[str, Any]], marks: Sequence[Mark]) -> Any:
    import altair as alt

    names = [mark.name for mark in marks]
    color = alt.Color(
        "researcher:N",
        legend=None,
        scale=alt.Scale(domain=names, range=[mark.shade.light for mark in marks]),
    )
    shape = alt.Shape(
        "researcher:N",
        legend=None,
        scale=alt.Scale(domain=names, range=[mark.shape for mark in marks]),
    )
    dash = alt.StrokeDash(
        "which:N", legend=None, scale=alt.Scale(domain=list(LINES), range=list(LINES.values()))
    )
    values = [{**row, "gain": max(row["gain"], LOWEST)} for row in rows]
    base = alt.Chart(alt.Data(values=values))
    x = alt.X("tried:Q", title="methods tried", axis=alt.Axis(tickMinStep=1, tickCount=6))
    y = alt.Y("gain:Q", title="gain in accuracy", axis=alt.Axis(tickCount=5))
    detail = alt.Detail("which:N")
    layers = [
        base.mark_line(interpolate="step-after", strokeWidth=2).encode(
            x=x, y=y, color=color, strokeDash=dash
        ),
        base.mark_point(filled=True, size=26, opacity=1).encode(
            x=x, y=y, color=color, shape=shape, detail=detail
        ),
    ]
    return styled(alt.layer(*layers).properties(height=HEIGHT))


def _finalist(place: int, one: Mapping[str, Any]) -> list[Dot]:
    """A dot for each task of each tier; what failed on one has none there."""
    return [
        Dot(f"{place}", f"{tier}: {gain['task']}", gain["value"], gain["low"], gain["high"])
        for tier in TIERS
        for gain in one["gains"].get(tier, [])
    ]
