"""Layout: width and text size of a chart, for a wide screen, a column and a phone."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

LINES = 3  # maximum number of lines of a name

Spec = dict[str, Any]
"""A Vega-Lite specification, or a part of it."""


@dataclass(frozen=True)
class Layout:
    """Width and text size of a chart.

    Attributes:
        width: width of the chart with its texts, in pixels.
        font: size of the texts, in pixels.
        letters: characters per line of a row's name.
        above: names of rows are above their marks instead of at the left.
    """

    width: int
    font: int
    letters: int
    above: bool = False

    @property
    def line(self) -> int:
        """Height of a line of text, in pixels."""
        return round(self.font * 1.25)

    @property
    def row(self) -> int:
        """Height of a row of one mark, in pixels."""
        return round(self.font * 2.05)


WIDE = Layout(1040, 17, 40)
"""A drawing of one subplot, which has the whole width of a page."""
COLUMN = Layout(520, 14, 22)
"""One of several subplots, two of which are beside each other."""
NARROW = Layout(340, 14, 28, above=True)
"""A subplot on a phone, and one of two columns on paper."""

Chart = Callable[[Layout], Spec]
"""A chart that can be drawn in each layout."""


def in_lines(name: str, letters: int) -> list[str]:
    """A name in lines that fit, broken between words or arguments; the rest is cut."""
    lines = [""]
    for part in re.findall(r"[^\s,_+-]*[\s,_+-]?", name):
        while len(lines[-1]) + len(part) > letters:
            if not lines[-1].strip():
                lines[-1], part = part[:letters], part[letters:]
            lines.append("")
        lines[-1] += part
    lines = [line.strip() for line in lines]
    return lines if len(lines) <= LINES else [*lines[: LINES - 1], f"{lines[LINES - 1][:-1]}…"]
