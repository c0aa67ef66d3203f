"""Places: vertical positions of rows, names and texts in a chart of dots."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from truing.report.drawing._drawing import Mark
from truing.report.drawing._layout import Layout, Spec, in_lines

Named = tuple[str, str]
"""Row and series of a value."""


@dataclass(frozen=True)
class Place:
    """Vertical positions in a chart, which is divided into bands of equal height.

    Attributes:
        rows: band of each value.
        texts: band of the text of each value.
        names: band and lines of each row's name.
        step: height of a band, in pixels.
        y: channel of the vertical position.
        offset: channel that separates the series in a band; empty if there is none.
    """

    rows: list[int]
    texts: list[int]
    names: list[tuple[int, list[str]]]
    step: float
    y: Spec
    offset: Spec

    @property
    def channels(self) -> Spec:
        """Vertical channels of points."""
        return {"y": self.y, **self.offset}


def place_rows(
    named: Sequence[Named], beside: Sequence[Mark], texts: bool, layout: Layout
) -> Place:
    """Place the rows of a chart.

    Args:
        named: row and series of each value.
        beside: marks that share rows and are drawn below each other.
        texts: values have texts.
        layout: names are at the left of their marks, or above them.
    """
    if layout.above:
        return _above(named, beside, texts, layout)
    return _at_left(named, beside, layout)


def _at_left(named: Sequence[Named], beside: Sequence[Mark], layout: Layout) -> Place:
    """One band per row: the name at the left, its series below each other."""
    # Rows by number, because two names may be equal after they are cut.
    names = list(dict.fromkeys(row for row, _ in named))
    labels = [in_lines(name, layout.letters) for name in names]
    series = round(layout.row * 0.8) * len(beside)
    step = max(series or layout.row, layout.line * max(map(len, labels), default=1))
    rows = [names.index(row) for row, _ in named]
    y = _y(len(names), 0.2 if beside else 0)
    return Place(rows, rows, list(enumerate(labels)), step, y, _offset(beside))


def _above(named: Sequence[Named], beside: Sequence[Mark], texts: bool, layout: Layout) -> Place:
    """One band per line of text and per series: the name is above its series."""
    rows, written = [0] * len(named), [0] * len(named)
    own = {mark.name for mark in beside}
    names: list[tuple[int, list[str]]] = []
    band = 0
    for name in dict.fromkeys(row for row, _ in named):
        for line in in_lines(name, layout.letters):
            names.append((band, [line]))
            band += 1
        apart: dict[str, int] = {}
        for at, (row, series) in enumerate(named):
            if row != name:
                continue
            key = series if series in own else ""
            if key not in apart:
                band += bool(texts and apart)  # the text of the first series is beside the name
                apart[key] = band
                band += 1
            rows[at] = apart[key]
            written[at] = apart[key] - 1
    return Place(rows, written, names, layout.line + 3, _y(band, 0), {})


def _y(count: int, padding: float) -> Spec:
    bands = list(range(count))
    scale = {"domain": bands, "padding": padding}
    shared = {"field": "row", "type": "nominal", "title": None, "sort": bands}
    return {**shared, "scale": scale, "axis": {"labels": False}}


def _offset(points: Sequence[Mark]) -> Spec:
    if len(points) < 2:
        return {}
    names = [mark.name for mark in points]
    scale = {"domain": names}
    return {"yOffset": {"field": "series", "type": "nominal", "sort": names, "scale": scale}}
