"""Drawing: a chart with title, caption and legend, as SVG file, in a page, and as tidy rows."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from xml.etree import ElementTree

from truing.report.drawing._palette import GROUND, INK, QUIET, Shade

SVG = "http://www.w3.org/2000/svg"
FONT = "sans-serif"
GAP, MARGIN, LETTER = 28, 16, 7.0  # pixels; LETTER: approximate width of a letter
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
class ChartPanel:
    """One part of a drawing.

    Attributes:
        title: title of the panel.
        chart: a Vega-Lite specification.
        note: remark, such as rows that are not drawn.
    """

    title: str
    chart: Mapping[str, Any]
    note: str = ""

    @cached_property
    def svg(self) -> ElementTree.Element:
        """The chart as SVG, without Vega's texts for screen readers; a table replaces them."""
        import vl_convert

        root = ElementTree.fromstring(vl_convert.vegalite_to_svg(json.dumps(self.chart)))
        for element in root.iter():
            for name in [*element.attrib]:
                if name.startswith("aria") or name in ("role", "class", "style"):
                    del element.attrib[name]
        return root

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in pixels."""
        return float(self.svg.get("width", 0)), float(self.svg.get("height", 0))


@dataclass(frozen=True)
class Drawing:
    """A chart of one panel or several.

    Attributes:
        name: name of the files `charts/NAME.svg` and `charts/NAME.csv`.
        title: title of the drawing.
        reading: caption that explains how to read it, also the description for screen readers.
        panels: the panels.
        marks: the series in the panels.
        rows: the drawn data, one row per point, all with the same fields.
    """

    name: str
    title: str
    reading: str
    panels: tuple[ChartPanel, ...]
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

    def inline(self, number: int) -> str:
        """SVG of a panel for a page, whose stylesheet sets light or dark colors."""
        panel = self.panels[number]
        root = _copy(panel.svg)
        label = f"{self.name}-{number}"
        root.set("role", "img")
        root.set("aria-labelledby", f"{label}-title {label}-text")
        for at, (tag, text) in enumerate((("title", panel.title), ("desc", self.reading))):
            element = ElementTree.Element(f"{{{SVG}}}{tag}", id=f"{label}-{('title', 'text')[at]}")
            element.text = text
            root.insert(at, element)
        _rename(root, label)
        return _as_text(root)

    @cached_property
    def svg(self) -> str:
        """SVG of all panels on a white background, with title and legend."""
        columns = 1 if len(self.panels) == 1 else 2
        rows = [self.panels[at : at + columns] for at in range(0, len(self.panels), columns)]
        wide = [
            max((p.size[0] for p in self.panels[at::columns]), default=0) for at in range(columns)
        ]
        root = ElementTree.Element(f"{{{SVG}}}svg", version="1.1", role="img")
        for tag, text in (("title", self.title), ("desc", self.reading)):
            ElementTree.SubElement(root, f"{{{SVG}}}{tag}").text = text
        ground = ElementTree.SubElement(root, f"{{{SVG}}}rect", fill=GROUND.light)
        _write(root, MARGIN, 28, self.title, size=15, weight="bold")
        right = _draw_legend(root, self.marks, MARGIN, 40)
        y = 66.0
        for row in rows:
            x = float(MARGIN)
            for number, panel in enumerate(row):
                right = max(right, x + _write(root, x, y + 14, panel.title, weight="bold"))
                if panel.note:
                    right = max(right, x + _write(root, x, y + 30, panel.note, shade=QUIET))
                part = _copy(panel.svg)
                part.set("x", f"{x:g}")
                part.set("y", f"{y + 36:g}")
                _rename(part, f"panel{len(root)}")
                root.append(part)
                x += wide[number] + GAP
            right = max(right, x - GAP)
            y += 36 + max(panel.size[1] for panel in row) + GAP
        right = max(right, MARGIN + len(self.title) * LETTER * 1.25)
        width, height = f"{right + MARGIN:.0f}", f"{y - GAP + MARGIN:.0f}"
        for name, value in (("width", width), ("height", height)):
            root.set(name, value)
            ground.set(name, value)
        root.set("viewBox", f"0 0 {width} {height}")
        return _as_text(root) + "\n"


def _copy(root: ElementTree.Element) -> ElementTree.Element:
    return ElementTree.fromstring(ElementTree.tostring(root))


def _rename(root: ElementTree.Element, prefix: str) -> None:
    """Prefix the ids of a panel and all references to them, because a page has many panels."""
    named = {e.get("id") for e in root.iter() if e.get("id")}
    for element in root.iter():
        for name, value in element.attrib.items():
            if name == "id" and not value.startswith(prefix):
                element.set(name, f"{prefix}-{value}")
            elif value.startswith("url(#") and value[5:-1] in named:
                element.set(name, f"url(#{prefix}-{value[5:-1]})")


def _draw_legend(root: ElementTree.Element, marks: Sequence[Mark], x: float, y: float) -> float:
    """Draw the legend; returns its right end."""
    for mark in marks:
        place = ElementTree.SubElement(
            root,
            f"{{{SVG}}}path",
            d=mark.path,
            fill=mark.shade.light,
            transform=f"translate({x:g},{y:g})",
        )
        place.set("fill-opacity", f"{mark.opacity:g}")
        x += 20 + _write(root, x + 20, y + 11, mark.name) + 14
    return x


def _write(
    root: ElementTree.Element,
    x: float,
    y: float,
    text: str,
    *,
    size: int = 12,
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
    return len(text) * LETTER * size / 12


def _as_text(root: ElementTree.Element) -> str:
    ElementTree.register_namespace("", SVG)  # else each tag would have a prefix
    return ElementTree.tostring(root, encoding="unicode")
