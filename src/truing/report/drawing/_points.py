"""Points: layers of points with their intervals, and arrows at the ends of the axis."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from truing.report.drawing._axis import ChartAxis
from truing.report.drawing._drawing import Mark
from truing.report.drawing._layout import Spec
from truing.report.drawing._palette import GROUND, INK
from truing.report.drawing._places import Place

ARROWS = {"low": "triangle-left", "high": "triangle-right"}


def point_layers(
    data: Spec, points: Sequence[Mark], axis: ChartAxis, where: Place, area: float
) -> list[Spec]:
    """Points with their intervals; `area` is that of a point, in square pixels."""
    color, shape = mark_scales("series", points)
    place = {**where.channels, "color": color}
    names = [mark.name for mark in points]
    chosen = {"filter": {"field": "series", "oneOf": names}}
    own: Spec = {"data": data, "transform": [chosen]}
    layers: list[Spec] = []
    if any(one["several"] for one in data["values"]):
        each: Spec = {"data": data, "transform": [chosen, {"flatten": ["several"]}]}
        tick = {"type": "tick", "opacity": 0.8, "size": round(2 * math.sqrt(area)), "thickness": 1}
        layers.append({**each, "mark": tick, "encoding": {"x": axis.channel("several"), **place}})
    rule = {"x": axis.channel("low"), "x2": {"field": "high"}, **place}
    layers.append({**own, "mark": {"type": "rule", "strokeWidth": 2.5}, "encoding": rule})
    for side, arrow in ARROWS.items():
        if any(f"beyond {side}" in one for one in data["values"]):
            mark = point_mark(round(area * 0.7), shape=arrow)
            encoding = {"x": axis.channel(f"beyond {side}"), **place}
            layers.append({**own, "mark": mark, "encoding": encoding})
    dot = {"x": axis.channel(), "shape": shape, **place}
    layers.append({**own, "mark": point_mark(round(area)), "encoding": dot})
    for side in ARROWS:
        if any(f"far {side}" in one and one["series"] in names for one in data["values"]):
            layers += _far(own, axis, where, side, area, color)
    return layers


def _far(
    own: Spec, axis: ChartAxis, where: Place, side: str, area: float, color: Spec
) -> list[Spec]:
    """Layers of the values beyond one end of the axis: an arrow at the end, and the value."""
    x, size = axis.channel(f"far {side}"), math.sqrt(area)
    align, inward = {"low": ("left", 1), "high": ("right", -1)}[side]
    arrow = point_mark(round(area * 1.3), shape=ARROWS[side], xOffset=round(inward * size * 0.6))
    mark = {
        "type": "text",
        "align": align,
        "baseline": "middle",
        "dx": round(inward * size * 1.5),
        "fontSize": round(size * 1.4),
    }
    halo = {"color": GROUND.light, "stroke": GROUND.light, "strokeWidth": 4}
    known = {"filter": {"field": f"far {side}", "valid": True}}
    far = {**own, "transform": [*own["transform"], known]}
    text = {"text": {"field": "text", "type": "nominal"}, "x": x, **where.channels}
    return [
        {**far, "mark": mark | halo, "encoding": text},
        {**far, "mark": mark | {"color": INK.light}, "encoding": text},
        {**far, "mark": arrow, "encoding": {"x": x, **where.channels, "color": color}},
    ]


def point_mark(size: int, **options: Any) -> Spec:
    """Filled points of a size."""
    return {"type": "point", "filled": True, "opacity": 1, "size": size, **options}


def mark_scales(field: str, marks: Sequence[Mark]) -> tuple[Spec, Spec]:
    """Color and shape of points by the name of their mark in a field."""
    names = [mark.name for mark in marks]
    own: Spec = {"field": field, "type": "nominal", "legend": None}
    colors, shapes = [mark.shade.light for mark in marks], [mark.shape for mark in marks]
    return (
        {**own, "scale": {"domain": names, "range": colors}},
        {**own, "scale": {"domain": names, "range": shapes}},
    )
