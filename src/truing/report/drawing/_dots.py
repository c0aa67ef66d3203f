"""Dots: points with intervals in rows, the form of most charts of a report."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from truing.measures import Estimate
from truing.report.drawing._drawing import FONT, Mark
from truing.report.drawing._palette import GREY, INK, LINE, QUIET, SHAPES

WIDTH = 460  # pixels of each chart with its texts, so that all texts of a page have one size
ROW, SERIES_ROW, LINE_ROW = 26, 21, 16  # pixels per row, per series in a row, per line of a name
LETTERS, LINES = 24, 3  # characters per line of a row's name, maximum number of lines
OPEN = {-1: "triangle-left", 1: "triangle-right"}


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
            within: limits of the axis; intervals beyond them end in an arrow.
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


def dots(values: Sequence[Dot], marks: Sequence[Mark], axis: ChartAxis, texts: bool = False) -> Any:
    """Chart of dots: rows in order, series of a row below each other, bands behind them."""
    import altair as alt

    points = [mark for mark in marks if mark.shape in SHAPES]
    beside = _beside(values, points)
    names = list(dict.fromkeys(one.row for one in values))
    data = alt.Data(values=[{"row": names.index(one.row), **_values(one, axis)} for one in values])
    labels = [in_lines(name) for name in names]
    step = max(
        SERIES_ROW * len(beside) if beside else ROW, LINE_ROW * max(map(len, labels), default=1)
    )
    # Rows by number, because two names may be equal after they are cut.
    rows = list(range(len(labels)))
    scale = alt.Scale(domain=rows, padding=0.2 if beside else 0)
    y = alt.Y("row:N", title=None, sort=rows, scale=scale, axis=alt.Axis(labels=False))
    layers = [*_bands(alt, data, marks, axis, y, step), *_lines(alt, axis), *_names(alt, labels, y)]
    layers += _points(alt, data, points, axis, {"y": y, **_offset(alt, beside)})
    if texts:
        texts_right = alt.Chart(data).mark_text(align="left", dx=8, fontSize=12, color=INK.light)
        place = {"x": alt.value("width"), "y": y, "text": "text:N", **_offset(alt, beside)}
        layers.append(texts_right.encode(**place))
    return styled(alt.layer(*layers).properties(height={"step": step, "for": "position"}))


def in_lines(name: str) -> list[str]:
    """A row's name in lines that fit, broken between words or arguments; the rest is cut."""
    lines = [""]
    for part in re.findall(r"[^\s,_+-]*[\s,_+-]?", name):
        while len(lines[-1]) + len(part) > LETTERS:
            if not lines[-1].strip():
                lines[-1], part = part[:LETTERS], part[LETTERS:]
            lines.append("")
        lines[-1] += part
    lines = [line.strip() for line in lines]
    return lines if len(lines) <= LINES else [*lines[: LINES - 1], f"{lines[LINES - 1][:-1]}…"]


def _names(alt: Any, labels: Sequence[Sequence[str]], y: Any) -> list[Any]:
    """Names of rows, vertically centered; labels of an axis would start at the middle."""
    layers = []
    for count in sorted({len(lines) for lines in labels}):
        named = [
            {"row": at, "name": "\n".join(lines)}
            for at, lines in enumerate(labels)
            if len(lines) == count
        ]
        middle = (1 - count) * (LINE_ROW - 2) / 2
        text = alt.Chart(alt.Data(values=named)).mark_text(
            align="right",
            dx=-8,
            dy=middle,
            fontSize=12,
            color=INK.light,
            baseline="middle",
            lineBreak="\n",
            lineHeight=LINE_ROW - 2,
        )
        layers.append(text.encode(x=alt.value(0), y=y, text="name:N"))
    return layers


def _values(one: Dot, axis: ChartAxis) -> dict[str, Any]:
    """Fields of a point. An interval beyond the axis ends at the axis with an arrow."""
    value, low, high = one.estimate.value, one.estimate.low, one.estimate.high
    low = -math.inf if low is None else low
    high = math.inf if high is None else high
    if value is None or not axis.low <= value <= axis.high:
        return {"series": one.series, "text": one.text, "several": []}
    return {
        "series": one.series,
        "value": value,
        "text": one.text,
        "low": max(low, axis.low),
        "high": min(high, axis.high),
        "beyond low": axis.low if low < axis.low else None,
        "beyond high": axis.high if high > axis.high else None,
        "several": [v for v in one.several if axis.low <= v <= axis.high],
    }


def _x(alt: Any, axis: ChartAxis, field: str = "value") -> Any:
    scale = alt.Scale(domain=[axis.low, axis.high], nice=False, zero=False)
    return alt.X(f"{field}:Q", title=axis.full_title, scale=scale, axis=alt.Axis(tickCount=5))


def _beside(values: Sequence[Dot], points: Sequence[Mark]) -> list[Mark]:
    """Marks that share rows and are drawn below each other; empty if each row has one mark."""
    names = [mark.name for mark in points]
    places = [one.row for one in values if one.series in names]
    return list(points) if len(set(places)) < len(places) else []


def _offset(alt: Any, points: Sequence[Mark]) -> dict[str, Any]:
    if len(points) < 2:
        return {}
    names = [mark.name for mark in points]
    return {"yOffset": alt.YOffset("series:N", sort=names, scale=alt.Scale(domain=names))}


def _bands(
    alt: Any, data: Any, marks: Sequence[Mark], axis: ChartAxis, y: Any, step: float
) -> list[Any]:
    layers = []
    for mark in marks:
        if mark.shape != "band":
            continue
        own = alt.Chart(data).transform_filter(
            alt.FieldEqualPredicate(field="series", equal=mark.name)
        )
        color = mark.shade.light
        wide = own.mark_bar(color=color, opacity=mark.opacity, size=step)
        thin = own.mark_tick(color=color, thickness=2, size=step, opacity=1)
        layers += [
            wide.encode(x=_x(alt, axis, "low"), x2="high:Q", y=y),
            thin.encode(x=_x(alt, axis), y=y),
        ]
    return layers


def _lines(alt: Any, axis: ChartAxis) -> list[Any]:
    shown = [{"value": one} for one in axis.lines if axis.low <= one <= axis.high]
    if not shown:
        return []
    ruled = alt.Chart(alt.Data(values=shown)).mark_rule(strokeDash=[4, 3], color=GREY.light)
    return [ruled.encode(x=_x(alt, axis))]


def _points(
    alt: Any, data: Any, points: Sequence[Mark], axis: ChartAxis, where: Mapping[str, Any]
) -> list[Any]:
    names = [mark.name for mark in points]
    color, shape = mark_scales("series", points)
    place = {**where, "color": color}
    own = alt.Chart(data).transform_filter(alt.FieldOneOfPredicate(field="series", oneOf=names))
    layers = []
    if any(one["several"] for one in data.values):
        each = own.transform_flatten(["several"]).mark_tick(thickness=1, size=17, opacity=0.8)
        layers.append(each.encode(x=_x(alt, axis, "several"), **place))
    rule = own.mark_rule(strokeWidth=2.5)
    layers.append(rule.encode(x=_x(alt, axis, "low"), x2="high:Q", **place))
    for side, field in ((-1, "beyond low"), (1, "beyond high")):
        if any(one.get(field) is not None for one in data.values):
            arrow = own.mark_point(shape=OPEN[side], filled=True, size=45, opacity=1)
            layers.append(arrow.encode(x=_x(alt, axis, field), **place))
    dot = own.mark_point(filled=True, size=62, opacity=1)
    return [*layers, dot.encode(x=_x(alt, axis), shape=shape, **place)]


def mark_scales(field: str, marks: Sequence[Mark]) -> tuple[Any, Any]:
    """Color and shape of points by the name of their mark in a field."""
    import altair as alt

    names = [mark.name for mark in marks]
    colors, shapes = [mark.shade.light for mark in marks], [mark.shape for mark in marks]
    return (
        alt.Color(f"{field}:N", legend=None, scale=alt.Scale(domain=names, range=colors)),
        alt.Shape(f"{field}:N", legend=None, scale=alt.Scale(domain=names, range=shapes)),
    )


def styled(chart: Any) -> Any:
    """A chart with the report's colors, transparent background and common width."""
    import altair as alt

    axis = {
        "labelColor": INK.light,
        "titleColor": INK.light,
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "gridColor": LINE.light,
        "domainColor": QUIET.light,
        "tickColor": QUIET.light,
    }
    rows = {"domain": False, "ticks": False, "labelPadding": 8}
    fit = alt.AutoSizeParams(type="fit-x", contains="padding")
    return chart.properties(width=WIDTH, autosize=fit).configure(
        background="transparent", font=FONT, padding=2, view={"stroke": None}, axis=axis, axisY=rows
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
