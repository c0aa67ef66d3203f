"""Curves of a game: a value at several sizes or steps, beside exact values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from truing.measures import Estimate
from truing.report._texts import interval_text
from truing.report.drawing import QUIET, Layout, Mark, Spec, Subplot, point_mark, styled

LEAST = 3  # points of a curve
MOST_LINES = 3  # exact values drawn in a subplot


@dataclass(frozen=True)
class Curve:
    """A value at several whole numbers, such as sizes or training steps.

    Attributes:
        name: name of the value.
        points: the numbers, increasing, and the value at each.
        exact: exact values of the same quantity by name, drawn as horizontal lines.
    """

    name: str
    points: Sequence[tuple[int, Estimate]]
    exact: Mapping[str, float]

    @property
    def finding(self) -> str:
        """The first and the last value, and the exact values."""
        ends = (self.points[0], self.points[-1])
        words = ", ".join(f"{interval_text(value, 3)} at {at}" for at, value in ends)
        exact = "".join(f"; {name}: {value:.3g}" for name, value in self.exact.items())
        name = self.name.replace("_", " ")
        return f"{name[:1].upper()}{name[1:]}: {words}{exact}."

    def subplot(self, mark: Mark) -> Subplot:
        """The curve as a part of a drawing."""
        return Subplot(self.name.replace("_", " "), partial(_chart, self, mark))


def read_curve(
    name: str,
    group: Sequence[tuple[tuple[str, ...], Estimate]],
    leaves: Sequence[tuple[tuple[str, ...], Any]],
) -> Curve | None:
    """The curve of a group of values, if their names are whole numbers; else None.

    Args:
        name: name of the group.
        group: path and value of each member.
        leaves: paths and values of the whole game, among them exact values of the same quantity.
    """
    numbers = [path[1] for path, _ in group if len(path) == 2 and path[1].isdigit()]
    if len(numbers) < max(LEAST, len(group)):
        return None
    points = sorted((int(path[1]), value) for path, value in group)
    exact = {
        ", ".join(path[:-1]).replace("_", " "): value
        for path, value in leaves
        if isinstance(value, float) and len(path) > 1 and path[-1] == name
    }
    return Curve(name, points, dict(list(exact.items())[:MOST_LINES]))


def _chart(curve: Curve, mark: Mark, layout: Layout) -> Spec:
    """A line with a band, and a dashed line for each exact value, on a scale with 0."""
    values = [
        {"at": at, "value": one.value, "low": one.low, "high": one.high} for at, one in curve.points
    ]
    places = [at for at, _ in curve.points]
    every = [*(end for _, one in curve.points for end in one.known), *curve.exact.values()]
    shares = all(0 <= one <= 1 for one in every)
    x = {
        "field": "at",
        "type": "quantitative",
        "title": "number (log)",
        "scale": {"type": "symlog", "constant": 1, "nice": False},
        "axis": {"values": places, "labelOverlap": True},
    }
    scale = {"domain": [0, 1]} if shares else {"zero": False}
    y = {"field": "value", "type": "quantitative", "title": None, "scale": scale}
    color = {"value": mark.shade.light}
    data = {"values": values}
    band = {"y": {**y, "field": "low"}, "y2": {"field": "high"}}
    layers: list[Spec] = [
        {"data": data, "mark": {"type": "area", "opacity": 0.2}, "encoding": {"x": x, **band}},
        {"data": data, "mark": {"type": "line", "strokeWidth": 2}, "encoding": {"x": x, "y": y}},
        {"data": data, "mark": point_mark(40), "encoding": {"x": x, "y": y}},
    ]
    for layer in layers:
        layer["encoding"]["color"] = color
    return styled([*layers, *_exact_lines(curve, x, y, layout)], layout.font * 14, layout)


def _exact_lines(curve: Curve, x: Spec, y: Spec, layout: Layout) -> list[Spec]:
    """A dashed line for each exact value, with its name."""
    if not curve.exact:
        return []
    last = curve.points[-1][0]
    data = {"values": [{"exact": name, "value": v, "at": last} for name, v in curve.exact.items()]}
    text = {"type": "text", "align": "right", "baseline": "bottom", "dy": -3}
    return [
        {
            "data": data,
            "mark": {"type": "rule", "strokeDash": [5, 4], "color": QUIET.light},
            "encoding": {"y": y},
        },
        {
            "data": data,
            "mark": {**text, "fontSize": layout.font, "color": QUIET.light},
            "encoding": {"x": x, "y": y, "text": {"field": "exact"}},
        },
    ]
