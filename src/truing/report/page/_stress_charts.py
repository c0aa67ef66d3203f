"""Charts of a stress test: power curves, and the smallest detected strengths as a heat table."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from functools import partial
from typing import Any

from truing.measures import Estimate
from truing.report._stress_texts import (
    by_plant,
    criterion_text,
    monitor_name,
    power_rate,
    rate_text,
)
from truing.report.drawing import (
    BLUE,
    GREY,
    INK,
    LINE,
    Drawing,
    Layout,
    Mark,
    Spec,
    Subplot,
    in_lines,
    mark_scales,
    point_mark,
    styled,
)
from truing.report.page._pgr_marks import series_marks
from truing.stress import PowerRow, StressRow

MOST_PLANTS, MOST_MONITORS = 12, 8
SPREAD = 1.28  # ratio of the first and the last place of the monitors at one strength
REACH = 1.3  # ratio of an end of the axis and the nearest strength
DARKEST, LIGHTEST = 0.5, 0.1  # opacity of the smallest and the largest tested strength
WORDS = re.compile(r"[^\s,_+-]+[,_+-]?")  # between which a name is broken into lines
LONGEST = 26  # letters of a turned name
LETTER = 0.58  # approximate width of a letter, as a part of the text size


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


def draw_smallest(card: Sequence[PowerRow]) -> Drawing:
    """Draw the smallest detected strength of each plant by each monitor as a heat table."""
    tested = [one for row in card for one in (*row.strength.known, row.largest)]
    monitors = {row.monitor: monitor_name(row, card) for row in card}
    plants = by_plant(card)
    cells = [
        {
            "row": at,
            "column": list(monitors).index(row.monitor),
            "text": _cell_text(row),
            "shade": _shade(row.strength, min(tested), max(tested)),
        }
        for at, group in enumerate(plants.values())
        for row in group
    ]
    return Drawing(
        "smallest-strengths",
        "Smallest strength that is detected",
        f"Smallest strength that is detected with {criterion_text(card)}; the stronger the "
        "color, the smaller the strength. > is a plant that is not detected with this power at the "
        "largest tested strength. The table states the intervals.",
        (
            Subplot(
                "plants and monitors", partial(_heat, cells, list(plants), list(monitors.values()))
            ),
        ),
        (Mark("detected; stronger color: smaller strength", BLUE, "band"),),
        tuple(
            {
                "plant": plant,
                "monitor": monitors[row.monitor],
                "strength": row.strength.value,
                "low": row.strength.low,
                "high": row.strength.high,
                "largest": row.largest,
            }
            for plant, group in plants.items()
            for row in group
        ),
    )


def _cell_text(row: PowerRow) -> str:
    value = row.strength.value
    return f"> {row.largest:g}" if value is None else f"{value:.2g}"


def _shade(one: Estimate, least: float, most: float) -> float:
    """Opacity of a cell by its strength on a log scale; 0 if the plant is not detected."""
    if one.value is None:
        return 0.0
    share = math.log(most / max(one.value, least)) / math.log(most / least) if most > least else 1.0
    return round(LIGHTEST + (DARKEST - LIGHTEST) * share, 3)


def _heat(
    cells: Sequence[Spec], plants: Sequence[str], monitors: Sequence[str], layout: Layout
) -> Spec:
    """Cells with texts; names of plants are at the left, names of monitors above."""
    rows = [in_lines(name, 13 if layout.above else 30) for name in plants]
    lines = max(map(len, rows), default=1)
    step = max(layout.row * 1.3, layout.line * lines + 8)
    left = LETTER * layout.font * max((len(line) for row in rows for line in row), default=0)
    x = {
        **_channel("column", len(monitors), 0.04),
        "axis": _head(monitors, (layout.width - left) / max(len(monitors), 1), layout),
    }
    y = {**_channel("row", len(plants), 0.06), "axis": {"labels": False}}
    data, place = {"values": list(cells)}, {"x": x, "y": y}
    shade = {"field": "shade", "type": "quantitative", "scale": None, "legend": None}
    rect: Spec = {"type": "rect", "color": BLUE.light}
    frame: Spec = {"type": "rect", "filled": False, "stroke": LINE.light, "strokeWidth": 1}
    font = layout.font - 2 * layout.above
    text: Spec = {"type": "text", "color": INK.light, "fontSize": font}
    layers: list[Spec] = [
        {"data": data, "mark": rect, "encoding": {**place, "fillOpacity": shade}},
        {"data": data, "mark": frame, "encoding": place},
        {"data": data, "mark": text, "encoding": {**place, "text": {"field": "text"}}},
    ]
    return styled([*layers, *_row_names(rows, y, layout)], {"step": step}, layout)


def _channel(field: str, count: int, padding: float) -> Spec:
    """Channel of cells by number."""
    scale = {"domain": list(range(count)), "paddingInner": padding, "paddingOuter": 0}
    return {"field": field, "type": "nominal", "title": None, "sort": None, "scale": scale}


def _head(names: Sequence[str], width: float, layout: Layout) -> Spec:
    """Axis with names above the cells, in lines, or turned if a word does not fit."""
    font = layout.font - 3
    letters = int(width / (LETTER * font)) - 1
    found = [in_lines(name, max(letters, 1)) for name in names]
    longest = max((len(word) for name in names for word in WORDS.findall(name)), default=0)
    turned = longest > letters
    if turned:
        found = [[name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"] for name in names]
    most = max(map(len, found), default=1)
    found = [[""] * (most - len(one)) + one for one in found]  # the last line is at the cells
    line = round(font * 1.2)
    return {
        "orient": "top",
        "labelAngle": -90 if turned else 0,
        "labelExpr": f"{json.dumps(found)}[datum.value]",
        "labelFontSize": font,
        "labelLineHeight": line,
        "labelLimit": 400,
        "labelPadding": 6 + (most - 1) * line,
        "ticks": False,
        "domain": False,
    }


def _row_names(rows: Sequence[Sequence[str]], y: Spec, layout: Layout) -> list[Spec]:
    """Names at the left of the cells, vertically centered."""
    layers: list[Spec] = []
    for count in sorted(set(map(len, rows))):
        named = [
            {"row": at, "name": "\n".join(lines)}
            for at, lines in enumerate(rows)
            if len(lines) == count
        ]
        mark = {
            "type": "text",
            "align": "right",
            "baseline": "middle",
            "color": INK.light,
            "dx": -8,
            "dy": (1 - count) * layout.line / 2,
            "fontSize": layout.font - layout.above,
            "lineBreak": "\n",
            "lineHeight": layout.line,
        }
        text = {"field": "name", "type": "nominal"}
        encoding = {"text": text, "x": {"value": 0}, "y": y}
        layers.append({"data": {"values": named}, "mark": mark, "encoding": encoding})
    return layers
