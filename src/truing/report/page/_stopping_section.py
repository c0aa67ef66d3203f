"""Section on a run that may stop early: its confidence sequence over the questions."""

from __future__ import annotations

from functools import partial
from typing import Any

from truing.measures import Estimate
from truing.oversight.stopping import Stopping
from truing.report._stopping import stopping_sentences
from truing.report._texts import signed_text
from truing.report.drawing import BLUE, GREY, Drawing, Layout, Mark, Spec, Subplot, styled
from truing.report.page._page import Section, Table

MEAN = Mark("mean difference, and its confidence sequence", BLUE, "band")
AIM = Mark("difference +- precision", GREY, "dashes")
HALVES = (-1.0, 1.0)


def stopping_section(stopping: Stopping) -> Section:
    """Where the run stopped, and the sequence after each block."""
    table = Table(
        f"{stopping.rule.first} minus {stopping.rule.second} after each block of questions",
        ("questions", "#compared", "#accuracy difference"),
        tuple(
            (
                f"{one.questions:,}",
                f"{one.compared:,}",
                signed_text(Estimate(one.value, one.low, one.high)) if one.compared else "",
            )
            for one in stopping.points
        ),
        "Compared: questions on which both protocols have a verdict that counts. The run computes "
        "the interval after each block and stops as soon as it is good enough. The true difference "
        f"is outside any of these intervals with probability at most {stopping.rule.alpha:g} "
        "(betting; Waudby-Smith & Ramdas 2024), for questions in random order.",
    )
    lines = stopping_sentences(stopping)
    return Section(
        "stopping", "Stopping", lines, drawings=(draw_sequence(stopping),), tables=(table,)
    )


def draw_sequence(stopping: Stopping) -> Drawing:
    """Draw the confidence sequence against the number of questions."""
    rows = tuple(one.to_json() for one in stopping.points)
    return Drawing(
        "stopping",
        "Confidence sequence of the difference",
        f"Accuracy under {stopping.rule.first} minus accuracy under {stopping.rule.second}. "
        "Horizontal: questions played. The band contains the true difference at all numbers of "
        f"questions together with probability {1 - stopping.rule.alpha:g} at least.",
        (Subplot("all questions", partial(_chart, stopping)),),
        (MEAN, AIM),
        rows,
    )


def _chart(stopping: Stopping, layout: Layout) -> Spec:
    """The band, the mean, and the width at which the run stops."""
    known = [one for one in stopping.points if one.value is not None]
    values = [one.to_json() for one in known]
    data: Spec = {"data": {"values": values}}
    x = _axis(
        "questions", "questions played", [0, max((one.questions for one in known), default=1)]
    )
    y = _axis("value", "accuracy difference", [-1.0, 1.0])
    band = {"y": {**y, "field": "low"}, "y2": {"field": "high"}}
    layers: list[dict[str, Any]] = [
        {
            **data,
            "mark": {"type": "area", "color": BLUE.light, "opacity": 0.3},
            "encoding": {"x": x, **band},
        },
        {
            **data,
            "mark": {
                "type": "line",
                "color": BLUE.light,
                "strokeWidth": 2,
                "point": {"color": BLUE.light},
            },
            "encoding": {"x": x, "y": y},
        },
    ]
    for side in HALVES:
        edge = [{**one, "value": one["value"] + side * stopping.rule.precision} for one in values]
        dashes = {"type": "line", "color": GREY.light, "strokeDash": [4, 3], "strokeWidth": 1.5}
        layers.append({"data": {"values": edge}, "mark": dashes, "encoding": {"x": x, "y": y}})
    return styled(layers, layout.font * 14, layout)


def _axis(field: str, title: str, domain: list[float]) -> Spec:
    scale = {"domain": domain, "nice": False, "zero": False}
    axis = {"tickCount": 5, "grid": field == "value"}
    return {"field": field, "type": "quantitative", "title": title, "scale": scale, "axis": axis}
