"""Palette: colors that color-blind readers can distinguish, in light and dark mode.

Series have those of the eight colors of Okabe and Ito (2008) whose contrast with the background is
at least 3:1. In dark mode sky blue and orange of the same eight replace blue and vermillion. Each
series also has its own shape, so that no two series differ by color only.
"""

from __future__ import annotations

from typing import NamedTuple


class Shade(NamedTuple):
    """A color in light mode, which SVG files use, and in dark mode."""

    light: str
    dark: str


GROUND = Shade("#ffffff", "#14181d")
INK = Shade("#1b1f24", "#e8ebee")
QUIET = Shade("#57606a", "#a3adb8")
LINE = Shade("#d5dae0", "#363d46")

BLUE = Shade("#0072b2", "#56b4e9")
VERMILLION = Shade("#d55e00", "#e69f00")
GREEN = Shade("#009e73", "#009e73")
PURPLE = Shade("#cc79a7", "#cc79a7")
GREY = Shade("#525b65", "#c6ced6")

SERIES = (BLUE, VERMILLION, GREEN, PURPLE, GREY)
"""Colors of series without a fixed color, in order of assignment."""

SHAPES = ("circle", "square", "triangle-up", "diamond", "triangle-down")
"""Shapes of series, in order of assignment."""

SHADES = (GROUND, INK, QUIET, LINE, *SERIES)


def dark_rules() -> str:
    """CSS rules that replace the light colors in the attributes of a drawing by the dark colors."""
    return "".join(
        f'[{what}="{shade.light}"]{{{what}:{shade.dark}}}'
        for shade in SHADES
        for what in ("fill", "stroke")
        if shade.light != shade.dark
    )
