"""Dots: points with intervals in rows, the form of most charts of a report."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from truing.report.drawing._axis import ChartAxis
from truing.report.drawing._dot import Dot, dot_fields
from truing.report.drawing._drawing import Mark
from truing.report.drawing._layout import Chart, Layout, Spec
from truing.report.drawing._palette import GREY, SHAPES
from truing.report.drawing._places import Place, place_rows
from truing.report.drawing._points import point_layers
from truing.report.drawing._row_texts import name_layers, text_layers
from truing.report.drawing._style import styled


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
            {"row": at, **dot_fields(one, axis)} for at, one in zip(place.rows, values, strict=True)
        ]
    }
    layers = [*_bands(data, marks, axis, place), *_lines(axis), *name_layers(place, layout)]
    layers += point_layers(data, points, axis, place, layout.font * layout.font / 2.4)
    if texts:
        layers += text_layers(values, place, layout)
    return styled(layers, {"for": "position", "step": place.step}, layout)


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
        low, high = axis.channel("low"), {"field": "high"}
        layers += [
            {
                **own,
                "mark": {"type": "bar", "opacity": mark.opacity, **style},
                "encoding": {"x": low, "x2": high, "y": place.y},
            },
            {
                **own,
                "mark": {"type": "tick", "opacity": 1, "thickness": 2, **style},
                "encoding": {"x": axis.channel(), "y": place.y},
            },
        ]
    return layers


def _lines(axis: ChartAxis) -> list[Spec]:
    shown = [{"value": one} for one in axis.lines if axis.low <= one <= axis.high]
    if not shown:
        return []
    mark = {"type": "rule", "color": GREY.light, "strokeDash": [4, 3]}
    return [{"data": {"values": shown}, "mark": mark, "encoding": {"x": axis.channel()}}]
