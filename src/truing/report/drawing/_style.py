"""Style of all charts: the report's colors, text sizes and a transparent background."""

from __future__ import annotations

from collections.abc import Sequence

from truing.report.drawing._layout import Layout, Spec
from truing.report.drawing._palette import INK, LINE, QUIET

FONT = "sans-serif"


def styled(layers: Sequence[Spec], height: float | Spec, layout: Layout) -> Spec:
    """Chart of layers with the report's colors, a transparent background and a layout's width."""
    axis = {
        "labelColor": INK.light,
        "titleColor": INK.light,
        "labelFontSize": layout.font,
        "titleFontSize": layout.font,
        "titleFontWeight": "normal",
        "gridColor": LINE.light,
        "domainColor": QUIET.light,
        "tickColor": QUIET.light,
    }
    config = {
        "view": {"stroke": None},
        "axis": axis,
        "axisY": {"domain": False, "ticks": False, "labelPadding": 8},
        "background": "transparent",
        "font": FONT,
        "padding": 2,
    }
    fit = {"contains": "padding", "type": "fit-x"}
    return {
        "config": config,
        "layer": list(layers),
        "autosize": fit,
        "height": height,
        "width": layout.width,
    }
