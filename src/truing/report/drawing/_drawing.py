"""Drawing: a chart with title, caption and legend, as SVG file, in a page, and as tidy rows."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from xml.etree import ElementTree

from truing.report.drawing._layout import COLUMN, WIDE, Chart, Layout, in_lines
from truing.report.drawing._palette import GROUND, INK, Shade, dark_rules
from truing.report.drawing._style import FONT

SVG = "http://www.w3.org/2000/svg"
GAP, MARGIN = 28, 16  # pixels
LETTER = 0.58  # approximate width of a letter, as a part of the text size
DARK = f"@media screen and (prefers-color-scheme:dark){{{dark_rules()}}}"
REMOVED = ("role", "class", "style", "stroke-miterlimit")
DECIMALS = re.compile(r"-?\d+\.\d+(?:e-?\d+)?")
SWATCHES = {
    "circle": "M7,3a4,4 0 1 1 0,8a4,4 0 1 1 0,-8Z",
    "square": "M3.4,3.4h7.2v7.2h-7.2Z",
    "triangle-up": "M7,2.5L11.6,11H2.4Z",
    "triangle-down": "M7,11.5L11.6,3H2.4Z",
    "diamond": "M7,2L11.5,7L7,12L2.5,7Z",
    "tick": "M6,1h2v12h-2Z",
    "line": "M0,6h14v2h-14Z",
    "dashes": "M0,6h5v2h-5ZM9,6h5v2h-5Z",
    "band": "M0,1h14v12h-14Z",
}


@dataclass(frozen=True)
class Mark:
    """Appearance of a series.

    Attributes:
        name: name of the series.
        shade: color.
        shape: shape of points, such as `circle`; `band` for a line with its interval as a band.
    """

    name: str
    shade: Shade
    shape: str

    @property
    def path(self) -> str:
        """SVG path of the mark in a box of 14 by 14 pixels."""
        return SWATCHES[self.shape]

    @property
    def opacity(self) -> float:
        """Opacity of the mark; bands are transparent."""
        return 0.3 if self.shape == "band" else 1.0


@dataclass(frozen=True)
class Subplot:
    """One part of a drawing.

    Attributes:
        title: title of the subplot.
        chart: the chart, which can be drawn in each layout.
    """

    title: str
    chart: Chart

    def svg(self, layout: Layout) -> ElementTree.Element:
        """The chart as SVG, without Vega's texts for screen readers; a table replaces them."""
        if layout not in self._drawn:
            self._drawn[layout] = _draw(self.chart(layout))
        return self._drawn[layout]

    @cached_property
    def _drawn(self) -> dict[Layout, ElementTree.Element]:
        return {}


@dataclass(frozen=True)
class Drawing:
    """A chart of one subplot or several.

    Attributes:
        name: name of the files `charts/NAME.svg` and `charts/NAME.csv`.
        title: title of the drawing.
        reading: caption that explains how to read it, also the description for screen readers.
        subplots: the subplots.
        marks: the series in the subplots.
        rows: the drawn data, one row per point, all with the same fields.
    """

    name: str
    title: str
    reading: str
    subplots: tuple[Subplot, ...]
    marks: tuple[Mark, ...]
    rows: tuple[Mapping[str, Any], ...]

    @property
    def csv(self) -> str:
        """The rows as CSV text, for use in papers."""
        written = io.StringIO()
        if self.rows:
            table = csv.DictWriter(written, [*self.rows[0]], lineterminator="\n")
            table.writeheader()
            table.writerows(self.rows)
        return written.getvalue()

    @property
    def layout(self) -> Layout:
        """Layout on a wide screen: one subplot has the whole width."""
        return WIDE if len(self.subplots) == 1 else COLUMN

    def inline(self, number: int, layout: Layout, names: Mapping[str, str]) -> str:
        """SVG of a subplot for a page, whose stylesheet sets light or dark colors.

        Args:
            number: number of the subplot.
            layout: layout of the subplot.
            names: explanations of names, shown when the pointer is on a name.
        """
        subplot = self.subplots[number]
        root = _copy(subplot.svg(layout))
        for element in [*root.iter(f"{{{SVG}}}text")]:
            explanation = names.get(" ".join(element.itertext()))
            if explanation:
                title = ElementTree.Element(f"{{{SVG}}}title")
                title.text = explanation
                element.append(title)
        label = f"{self.name}-{number}{'-narrow' if layout.above else ''}"
        root.set("role", "img")
        root.set("aria-labelledby", f"{label}-title {label}-text")
        for at, (tag, text) in enumerate((("title", subplot.title), ("desc", self.reading))):
            element = ElementTree.Element(f"{{{SVG}}}{tag}", id=f"{label}-{('title', 'text')[at]}")
            element.text = text
            root.insert(at, element)
        _rename(root, label)
        return _as_text(root)

    @cached_property
    def svg(self) -> str:
        """SVG of all subplots with title and legend: on white, or on a dark page on dark ground."""
        layout, font = self.layout, self.layout.font
        columns = 1 if layout is WIDE else 2
        drawn = [subplot.svg(layout) for subplot in self.subplots]
        wide = [max(map(_width, drawn[at::columns]), default=0.0) for at in range(columns)]
        root = ElementTree.Element(f"{{{SVG}}}svg", version="1.1", role="img")
        for tag, text in (("title", self.title), ("desc", self.reading), ("style", DARK)):
            ElementTree.SubElement(root, f"{{{SVG}}}{tag}").text = text
        ground = ElementTree.SubElement(root, f"{{{SVG}}}rect", fill=GROUND.light)
        right = MARGIN + _write(root, MARGIN, 14 + font, self.title, font + 3, weight="bold")
        right = max(right, _draw_legend(root, self.marks, MARGIN, 26 + font, font))
        letters = [max(int(one / (LETTER * font)), layout.letters) for one in wide]
        titles = [
            in_lines(one.title, letters[at % columns]) for at, one in enumerate(self.subplots)
        ]
        y = 40.0 + 2 * font
        for start in range(0, len(drawn), columns):
            x, head = float(MARGIN), 10.0 + font
            head += layout.line * (max(map(len, titles[start : start + columns])) - 1)
            for at in range(start, min(start + columns, len(drawn))):
                for number, line in enumerate(titles[at]):
                    below = y + font + number * layout.line
                    right = max(right, x + _write(root, x, below, line, font, weight="bold"))
                part = _copy(drawn[at])
                part.set("x", f"{x:g}")
                part.set("y", f"{y + head:g}")
                _rename(part, f"panel{len(root)}")
                root.append(part)
                x += wide[at - start] + GAP
            right = max(right, x - GAP)
            y += head + max(map(_height, drawn[start : start + columns])) + GAP
        width, height = f"{right + MARGIN:.0f}", f"{y - GAP + MARGIN:.0f}"
        for name, value in (("width", width), ("height", height)):
            root.set(name, value)
            ground.set(name, value)
        root.set("viewBox", f"0 0 {width} {height}")
        return _as_text(root) + "\n"


def _draw(chart: Mapping[str, Any]) -> ElementTree.Element:
    import vl_convert

    root = ElementTree.fromstring(vl_convert.vegalite_to_svg(json.dumps(chart)))
    for element in root.iter():
        for name in [*element.attrib]:
            if name.startswith("aria") or name in REMOVED:
                del element.attrib[name]
            elif name in ("d", "transform"):
                element.set(name, DECIMALS.sub(_rounded, element.attrib[name]))
    return root


def _rounded(number: re.Match[str]) -> str:
    return f"{float(number[0]):.1f}".removesuffix(".0")


def _width(root: ElementTree.Element) -> float:
    return float(root.get("width", 0))


def _height(root: ElementTree.Element) -> float:
    return float(root.get("height", 0))


def _copy(root: ElementTree.Element) -> ElementTree.Element:
    return ElementTree.fromstring(ElementTree.tostring(root))


def _rename(root: ElementTree.Element, prefix: str) -> None:
    """Prefix the ids of a subplot and all references to them, because a page has many subplots."""
    named = {e.get("id") for e in root.iter() if e.get("id")}
    for element in root.iter():
        for name, value in element.attrib.items():
            if name == "id" and not value.startswith(prefix):
                element.set(name, f"{prefix}-{value}")
            elif value.startswith("url(#") and value[5:-1] in named:
                element.set(name, f"url(#{prefix}-{value[5:-1]})")


def _draw_legend(
    root: ElementTree.Element, marks: Sequence[Mark], x: float, y: float, font: int
) -> float:
    """Draw the legend; returns its right end."""
    for mark in marks:
        place = ElementTree.SubElement(
            root,
            f"{{{SVG}}}path",
            d=mark.path,
            fill=mark.shade.light,
            transform=f"translate({x:g},{y + (font - 12) / 2:g})",
        )
        place.set("fill-opacity", f"{mark.opacity:g}")
        x += 20 + _write(root, x + 20, y + font - 1, mark.name, font) + 14
    return x


def _write(
    root: ElementTree.Element,
    x: float,
    y: float,
    text: str,
    size: int,
    *,
    weight: str = "normal",
    shade: Shade = INK,
) -> float:
    """Draw a text; returns its approximate width."""
    element = ElementTree.SubElement(root, f"{{{SVG}}}text", x=f"{x:g}", y=f"{y:g}")
    for name, value in (
        ("font-family", FONT),
        ("font-size", f"{size}px"),
        ("font-weight", weight),
        ("fill", shade.light),
    ):
        element.set(name, value)
    element.text = text
    return len(text) * LETTER * size


def _as_text(root: ElementTree.Element) -> str:
    ElementTree.register_namespace("", SVG)  # else each tag would have a prefix
    return ElementTree.tostring(root, encoding="unicode")
