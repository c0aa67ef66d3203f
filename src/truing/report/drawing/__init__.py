"""Drawing: charts as static SVG, for pages in light and dark mode and for papers."""

from truing.report.drawing._dots import (
    ChartAxis,
    Dot,
    Spec,
    dots,
    interval_rows,
    mark_scales,
    point_mark,
    styled,
)
from truing.report.drawing._drawing import ChartPanel, Drawing, Mark
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
from truing.report.drawing._verdicts import NO_DIFFERENCE, verdict_mark, verdict_marks

__all__ = [
    "BLUE",
    "GREEN",
    "GREY",
    "GROUND",
    "INK",
    "LINE",
    "NO_DIFFERENCE",
    "PURPLE",
    "QUIET",
    "SERIES",
    "SHADES",
    "SHAPES",
    "VERMILLION",
    "ChartAxis",
    "ChartPanel",
    "Dot",
    "Drawing",
    "Mark",
    "Shade",
    "Spec",
    "dots",
    "interval_rows",
    "mark_scales",
    "point_mark",
    "styled",
    "verdict_mark",
    "verdict_marks",
]
