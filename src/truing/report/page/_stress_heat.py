"""Heat table of a stress test: the smallest detected strengths by plant and monitor."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from functools import partial

from truing.measures import Estimate
from truing.report._stress_texts import by_plant, criterion_text, monitor_name
from truing.report.drawing import (
    BLUE,
    INK,
    LINE,
    Drawing,
    Layout,
    Mark,
    Spec,
    Subplot,
    in_lines,
    styled,
)
from truing.stress import PowerRow

DARKEST, LIGHTEST = 0.5, 0.1  # opacity of the smallest and the largest tested strength
WORDS = re.compile(r"[^\s,_+-]+[,_+-]?")  # between which a name is broken into lines
LONGEST = 26  # letters of a turned name
LETTER = 0.58  # approximate width of a letter, as a part of the text size


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
    if not row.reachable:
        return "undefined"
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
