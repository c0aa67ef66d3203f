"""Drawing: charts as static SVG, for pages in light and dark mode and for papers."""

from truing.report.drawing._axis import ChartAxis
from truing.report.drawing._dot import Dot, beyond_text, interval_rows
from truing.report.drawing._dots import dots
from truing.report.drawing._drawing import Drawing, Mark, Subplot
from truing.report.drawing._heat import heat
from truing.report.drawing._layout import COLUMN, NARROW, WIDE, Chart, Layout, Spec, in_lines
from truing.report.drawing._palette import (
    BLUE,
    GREEN,
    GREY,
    GROUND,
    INK,
    LINE,
    PURPLE,
    QUIET,
    SERIES,
    SHADES,
    SHAPES,
    VERMILLION,
    Shade,
)
from truing.report.drawing._points import mark_scales, point_mark
from truing.report.drawing._style import styled
from truing.report.drawing._verdicts import NO_DIFFERENCE, verdict_mark, verdict_marks

__all__ = [
    "BLUE",
    "COLUMN",
    "GREEN",
    "GREY",
    "GROUND",
    "INK",
    "LINE",
    "NARROW",
    "NO_DIFFERENCE",
    "PURPLE",
    "QUIET",
    "SERIES",
    "SHADES",
    "SHAPES",
    "VERMILLION",
    "WIDE",
    "Chart",
    "ChartAxis",
    "Dot",
    "Drawing",
    "Layout",
    "Mark",
    "Shade",
    "Spec",
    "Subplot",
    "beyond_text",
    "dots",
    "heat",
    "in_lines",
    "interval_rows",
    "mark_scales",
    "point_mark",
    "styled",
    "verdict_mark",
    "verdict_marks",
]
