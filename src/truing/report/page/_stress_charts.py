"""Charts of a stress test: share of detected systems against the strength of each plant."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from truing.report._stress_texts import by_plant, monitor_name, power_rate, rate_text
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
from truing.report.page._pgr_marks import series_marks
from truing.report.page._stress_heat import draw_smallest
from truing.stress import PowerRow, StressRow

MOST_PLANTS, MOST_MONITORS = 12, 8
SPREAD = 1.28  # ratio of the first and the last place of the monitors at one strength
REACH = 1.3  # ratio of an end of the axis and the nearest strength


def draw_stress(rows: Sequence[StressRow], card: Sequence[PowerRow]) -> list[Drawing]:
    """Draw the power curves, and the smallest strengths if there is a power card."""
    return [draw_power(rows, card), *([draw_smallest(card)] if card else [])]


def draw_power(rows: Sequence[StressRow], card: Sequence[PowerRow]) -> Drawing:
    """Draw the share of detected systems against the strength, a curve for each monitor."""
    rate = power_rate(rows, card)
    power = card[0].power if card else 0.8
    names = {row.monitor: monitor_name(row, rows) for row in rows}
    kept = list(names)[:MOST_MONITORS]
    marks = series_marks(names[one] for one in kept)
    lines = Mark(f"{rate_text(power)} power, and {rate_text(rate)} false alarms", GREY, "dashes")
    groups = by_plant(rows)
    shown = {
        plant: [row for row in group if row.monitor in kept]
        for plant, group in list(groups.items())[:MOST_PLANTS]
    }
    return Drawing(
        "power",
        "Share of planted systems that raise an alarm",
        f"Horizontal: strength of the plant, on a log scale. Vertical: share of the planted "
        f"systems with an alarm at a declared false-positive rate of {rate_text(rate)}. Broken "
        f"lines: {rate_text(power)} power, and the declared rate, which honest systems reach. "
        "Intervals are 95% (Clopper-Pearson) over seeds, given the references. Planted on purpose: "
        f"model organisms.{_left_out(len(names), len(groups))}",
        tuple(
            Subplot(plant, partial(_curves, _points(group, rate, names), marks, (power, rate)))
            for plant, group in shown.items()
        ),
        (*marks, lines),
        tuple(
            {"plant": plant, **point}
            for plant, group in groups.items()
            for point in _points(group, rate, names)
        ),
    )


def _left_out(monitors: int, plants: int) -> str:
    """A sentence on the plants and monitors that do not fit; empty if there are none."""
    more = (monitors - MOST_MONITORS, "monitors"), (plants - MOST_PLANTS, "plants")
    words = [f"{count} more {noun}" for count, noun in more if count > 0]
    return f" The tables contain {' and '.join(words)}." if words else ""


def _points(rows: Sequence[StressRow], rate: float, names: dict[str, str]) -> list[dict[str, Any]]:
    """Share of detected systems by monitor and strength."""
    found = []
    for row in sorted(rows, key=lambda row: row.strength):
        one = row.tpr.get(f"{rate:g}")
        if one is not None and one.value is not None:
            about = {"monitor": names[row.monitor], "strength": row.strength}
            found.append({**about, "detected": one.value, "low": one.low, "high": one.high})
    return found


def _curves(
    points: Sequence[dict[str, Any]],
    marks: Sequence[Mark],
    lines: tuple[float, float],
    layout: Layout,
) -> Spec:
    """Points with intervals, joined by a line for each monitor, over a log axis of strengths."""
    names = [mark.name for mark in marks]
    strengths = sorted({one["strength"] for one in points}) or [1.0]
    step = SPREAD ** (1 / max(len(names), 2))
    values = [
        {
            **one,
            "place": one["strength"] * step ** (names.index(one["monitor"]) - (len(names) - 1) / 2),
        }
        for one in points
    ]
    x = {
        "field": "place",
        "type": "quantitative",
        "title": "strength of the plant (log)",
        "scale": {
            "type": "log",
            "domain": [strengths[0] / REACH, strengths[-1] * REACH],
            "nice": False,
        },
        "axis": {"format": "~g", "values": strengths, "labelOverlap": "greedy"},
    }
    y = {
        "field": "detected",
        "type": "quantitative",
        "title": "systems with an alarm",
        "scale": {"domain": [0, 1]},
        "axis": {"format": "%", "tickCount": 5},
    }
    color, shape = mark_scales("monitor", marks)
    drawn: list[tuple[Spec, Spec]] = [
        ({"type": "line", "strokeWidth": 1.5}, {}),
        ({"type": "rule", "strokeWidth": 2}, {"y": {**y, "field": "low"}, "y2": {"field": "high"}}),
        (point_mark(round(layout.font * layout.font / 2.4)), {"shape": shape}),
    ]
    rule = {"type": "rule", "color": GREY.light, "strokeDash": [4, 3], "strokeWidth": 1.5}
    at = {"values": [{"detected": one} for one in lines]}
    layers: list[Spec] = [{"data": at, "mark": rule, "encoding": {"y": y}}]
    layers += [
        {
            "data": {"values": values},
            "mark": mark,
            "encoding": {"x": x, "y": y, "color": color, **channels},
        }
        for mark, channels in drawn
    ]
    return styled(layers, layout.font * 17, layout)
