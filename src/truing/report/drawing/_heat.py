"""Heat table: cells with texts, whose color is the stronger the larger their shade."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import partial

from truing.report.drawing._layout import Chart, Layout, Spec, in_lines
from truing.report.drawing._palette import BLUE, INK, LINE
from truing.report.drawing._style import styled

WORDS = re.compile(r"[^\s,_+-]+[,_+-]?")  # between which a name is broken into lines
LONGEST = 26  # letters of a turned name
LETTER = 0.58  # approximate width of a letter, as a part of the text size


def heat(cells: Sequence[Spec], rows: Sequence[str], columns: Sequence[str]) -> Chart:
    """Chart of a heat table.

    Args:
        cells: objects with `row` and `column` (numbers), `text`, and `shade` (opacity, 0..1).
        rows: names of the rows, at the left of the cells.
        columns: names of the columns, above the cells.
    """
    return partial(_heat, cells, rows, columns)


def _heat(
    cells: Sequence[Spec], names: Sequence[str], columns: Sequence[str], layout: Layout
) -> Spec:
    """Cells with texts."""
    rows = [in_lines(name, 13 if layout.above else 30) for name in names]
    lines = max(map(len, rows), default=1)
    step = max(layout.row * 1.3, layout.line * lines + 8)
    left = LETTER * layout.font * max((len(line) for row in rows for line in row), default=0)
    x = {
        **_channel("column", len(columns), 0.04),
        "axis": _head(columns, (layout.width - left) / max(len(columns), 1), layout),
    }
    y = {**_channel("row", len(names), 0.06), "axis": {"labels": False}}
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
