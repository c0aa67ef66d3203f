"""Dots: points with intervals in rows, the form of most charts of a report."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from truing.measures import Estimate
from truing.report.drawing._drawing import Mark
from truing.report.drawing._layout import Chart, Layout, Spec
from truing.report.drawing._palette import GREY, GROUND, INK, SHAPES
from truing.report.drawing._places import Place, place_rows
from truing.report.drawing._style import styled

ARROWS = {"low": "triangle-left", "high": "triangle-right"}


@dataclass(frozen=True)
class Dot:
    """A value with its interval.

    Attributes:
        row: name of its row.
        series: name of its mark.
        estimate: the value and its interval.
        text: text at the right of the row.
        several: values of smaller marks, such as one per seed.
    """

    row: str
    series: str
    estimate: Estimate
    text: str = ""
    several: Sequence[float] = ()


@dataclass(frozen=True)
class ChartAxis:
    """A horizontal axis.

    Attributes:
        title: name of the quantity.
        low, high: ends of the axis.
        lines: reference values (0, 1, chance accuracy).
        whole: range of the quantity; if the axis does not begin at its start, the title says so.
    """

    title: str
    low: float
    high: float
    lines: tuple[float, ...] = ()
    whole: tuple[float, float] | None = None

    @classmethod
    def around(
        cls,
        title: str,
        estimates: Iterable[Estimate],
        *,
        lines: Sequence[float] = (),
        within: tuple[float, float] = (-math.inf, math.inf),
        whole: tuple[float, float] | None = None,
    ) -> ChartAxis:
        """An axis with round ends that contains estimates with their intervals, and lines.

        Args:
            title: name of the quantity.
            estimates: values and intervals to show.
            lines: reference values.
            within: limits of the axis; values and intervals beyond them are drawn as arrows.
            whole: range of the quantity.
        """
        shown = [min(max(end, within[0]), within[1]) for one in estimates for end in one.known]
        shown += [one for one in lines if within[0] <= one <= within[1]]
        low, high = min(shown, default=0.0), max(shown, default=1.0)
        step = _step(max(high - low, 1e-3) / 5)
        low, high = math.floor(low / step - 0.01) * step, math.ceil(high / step + 0.01) * step
        if whole:
            low, high = max(low, whole[0]), min(high, whole[1])
        return cls(title, round(low, 10), round(high, 10), tuple(lines), whole)

    @property
    def full_title(self) -> str:
        """The title, with the start of the axis if it is not the start of the quantity."""
        if self.whole is None or self.low <= max(self.whole[0], 0.0):
            return self.title
        return f"{self.title} (the axis begins at {self.low:g})"


def _step(least: float) -> float:
    """The smallest of 1, 2 and 5 times a power of ten that is not below `least`."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(one * power for one in (1, 2, 5, 10) if one * power >= least * 0.999)


def dots(
    values: Sequence[Dot], marks: Sequence[Mark], axis: ChartAxis, texts: bool = False
) -> Chart:
    """Chart of dots: rows in order, series of a row below each other, bands behind them.

    Args:
        values: the values; rows are in order of first appearance.
        marks: the series, and bands and lines.
        axis: the horizontal axis.
        texts: show the text of each value at the right.
    """
    return partial(_dots, values, marks, axis, texts)


def _dots(
    values: Sequence[Dot], marks: Sequence[Mark], axis: ChartAxis, texts: bool, layout: Layout
) -> Spec:
    points = [mark for mark in marks if mark.shape in SHAPES]
    beside = _beside(values, points)
    place = place_rows([(one.row, one.series) for one in values], beside, texts, layout)
    data = {
        "values": [
            {"row": at, **_values(one, axis)} for at, one in zip(place.rows, values, strict=True)
        ]
    }
    layers = [*_bands(data, marks, axis, place), *_lines(axis), *_names(place, layout)]
    layers += _points(data, points, axis, place, layout.font * layout.font / 2.4)
    if texts:
        layers += _texts(values, place, layout)
    return styled(layers, {"for": "position", "step": place.step}, layout)


def _texts(values: Sequence[Dot], place: Place, layout: Layout) -> list[Spec]:
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


def _names(place: Place, layout: Layout) -> list[Spec]:
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


def _written(layer: Spec, mark: Spec, layout: Layout) -> list[Spec]:
    """Layers of a text; above the marks it has a halo, because grid lines cross it."""
    halo = {"color": GROUND.light, "stroke": GROUND.light, "strokeWidth": 5}
    halos = [{**layer, "mark": mark | halo}] if layout.above else []
    return [*halos, {**layer, "mark": mark | {"color": INK.light}}]


def _values(one: Dot, axis: ChartAxis) -> dict[str, Any]:
    """Fields of a point.

    An interval beyond the axis ends at the axis with an arrow (`beyond`). For a value beyond the
    axis there is an arrow with the value as text (`far`) instead of a point.
    """
    value, low, high = one.estimate.value, one.estimate.low, one.estimate.high
    if value is None:
        return {"series": one.series, "several": []}
    low = -math.inf if low is None else low
    high = math.inf if high is None else high
    fields: dict[str, Any] = {
        "series": one.series,
        "several": [v for v in one.several if axis.low <= v <= axis.high],
    }
    if low <= axis.high and high >= axis.low:
        fields |= {"low": max(low, axis.low), "high": min(high, axis.high)}
    if axis.low <= value <= axis.high:
        fields["value"] = value
    else:
        side = "low" if value < axis.low else "high"
        fields |= {f"far {side}": getattr(axis, side), "text": _far_text(value)}
    if low < axis.low <= value:
        fields["beyond low"] = axis.low
    if high > axis.high >= value:
        fields["beyond high"] = axis.high
    return fields


def beyond_text(drawn: Iterable[tuple[Sequence[Dot], ChartAxis]]) -> str:
    """Sentences on the arrows and triangles at the ends of axes; empty if there are none."""
    fields = {field for dots, axis in drawn for one in dots for field in _values(one, axis)}
    text = ""
    if fields & {"beyond low", "beyond high"}:
        text += " An arrow marks an interval that continues beyond the axis."
    if fields & {"far low", "far high"}:
        text += " A triangle with a number at the border is a value beyond the axis."
    return text


def _far_text(value: float) -> str:
    """A value with about three digits: `0.061`, `-9.13`, `-463`."""
    return (
        f"{value:.3f}"
        if abs(value) < 1
        else f"{value:.2f}"
        if abs(value) < 100
        else f"{value:,.0f}"
    )


def _x(axis: ChartAxis, field: str = "value") -> Spec:
    scale = {"domain": [axis.low, axis.high], "nice": False, "zero": False}
    found = {"field": field, "type": "quantitative", "title": axis.full_title, "scale": scale}
    return {**found, "axis": {"tickCount": 5}}


def _beside(values: Sequence[Dot], points: Sequence[Mark]) -> list[Mark]:
    """Marks that share rows and are drawn below each other; empty if each row has one mark."""
    names = [mark.name for mark in points]
    places = [one.row for one in values if one.series in names]
    return list(points) if len(set(places)) < len(places) else []


def _bands(data: Spec, marks: Sequence[Mark], axis: ChartAxis, place: Place) -> list[Spec]:
    layers: list[Spec] = []
    for mark in marks:
        if mark.shape != "band":
            continue
        own: Spec = {
            "data": data,
            "transform": [{"filter": {"field": "series", "equal": mark.name}}],
        }
        style: Spec = {"color": mark.shade.light, "size": place.step}
        low, high = _x(axis, "low"), {"field": "high"}
        layers += [
            {
                **own,
                "mark": {"type": "bar", "opacity": mark.opacity, **style},
                "encoding": {"x": low, "x2": high, "y": place.y},
            },
            {
                **own,
                "mark": {"type": "tick", "opacity": 1, "thickness": 2, **style},
                "encoding": {"x": _x(axis), "y": place.y},
            },
        ]
    return layers


def _lines(axis: ChartAxis) -> list[Spec]:
    shown = [{"value": one} for one in axis.lines if axis.low <= one <= axis.high]
    if not shown:
        return []
    mark = {"type": "rule", "color": GREY.light, "strokeDash": [4, 3]}
    return [{"data": {"values": shown}, "mark": mark, "encoding": {"x": _x(axis)}}]


def _points(
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
        layers.append({**each, "mark": tick, "encoding": {"x": _x(axis, "several"), **place}})
    rule = {"x": _x(axis, "low"), "x2": {"field": "high"}, **place}
    layers.append({**own, "mark": {"type": "rule", "strokeWidth": 2.5}, "encoding": rule})
    for side, arrow in ARROWS.items():
        if any(f"beyond {side}" in one for one in data["values"]):
            mark = point_mark(round(area * 0.7), shape=arrow)
            encoding = {"x": _x(axis, f"beyond {side}"), **place}
            layers.append({**own, "mark": mark, "encoding": encoding})
    dot = {"x": _x(axis), "shape": shape, **place}
    layers.append({**own, "mark": point_mark(round(area)), "encoding": dot})
    for side in ARROWS:
        if any(f"far {side}" in one and one["series"] in names for one in data["values"]):
            layers += _far(own, axis, where, side, area, color)
    return layers


def _far(
    own: Spec, axis: ChartAxis, where: Place, side: str, area: float, color: Spec
) -> list[Spec]:
    """Layers of the values beyond one end of the axis: an arrow at the end, and the value."""
    x, size = _x(axis, f"far {side}"), math.sqrt(area)
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


def interval_rows(values: Iterable[tuple[Mapping[str, Any], Dot]]) -> tuple[dict[str, Any], ...]:
    """Tidy rows of dots: their context, row and series, and the value with its interval."""
    return tuple(
        {
            **about,
            "row": one.row,
            "series": one.series,
            "value": one.estimate.value,
            "low": one.estimate.low,
            "high": one.estimate.high,
        }
        for about, one in values
    )
