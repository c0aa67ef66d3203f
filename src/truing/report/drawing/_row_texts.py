"""Texts of rows: layers of names at the left and of texts at the right of a chart of dots."""

from __future__ import annotations

from collections.abc import Sequence

from truing.report.drawing._dot import Dot
from truing.report.drawing._layout import Layout, Spec
from truing.report.drawing._palette import GROUND, INK
from truing.report.drawing._places import Place


def name_layers(place: Place, layout: Layout) -> list[Spec]:
    """Names of rows, vertically centered; labels of an axis would start at the middle."""
    layers: list[Spec] = []
    for count in sorted({len(lines) for _, lines in place.names}):
        named = [
            {"row": at, "name": "\n".join(lines)}
            for at, lines in place.names
            if len(lines) == count
        ]
        mark = {
            "type": "text",
            "align": "left" if layout.above else "right",
            "baseline": "middle",
            "dx": 0 if layout.above else -8,
            "dy": (1 - count) * layout.line / 2,
            "fontSize": layout.font,
            "lineBreak": "\n",
            "lineHeight": layout.line,
        }
        encoding = {"text": {"field": "name", "type": "nominal"}, "x": {"value": 0}, "y": place.y}
        layers += _written({"data": {"values": named}, "encoding": encoding}, mark, layout)
    return layers


def text_layers(values: Sequence[Dot], place: Place, layout: Layout) -> list[Spec]:
    """Texts at the right of the axis, or above it at the right end."""
    shown = [
        {"row": at, "series": one.series, "text": one.text}
        for at, one in zip(place.texts, values, strict=True)
        if one.text
    ]
    mark = {"type": "text", "align": "left", "dx": 8, "fontSize": layout.font}
    if layout.above:
        mark |= {"align": "right", "dx": 0}
    text = {"field": "text", "type": "nominal"}
    encoding = {"text": text, "x": {"value": "width"}, **place.channels}
    return _written({"data": {"values": shown}, "encoding": encoding}, mark, layout)


def _written(layer: Spec, mark: Spec, layout: Layout) -> list[Spec]:
    """Layers of a text; above the marks it has a halo, because grid lines cross it."""
    halo = {"color": GROUND.light, "stroke": GROUND.light, "strokeWidth": 5}
    halos = [{**layer, "mark": mark | halo}] if layout.above else []
    return [*halos, {**layer, "mark": mark | {"color": INK.light}}]
