"""Palette: colours that colour-blind readers tell apart, on light ground and on dark.

Series wear the colours of Okabe and Ito (2008), those of the eight that stand out from the ground
by 3 to 1 or more: on dark ground blue and vermillion give way to sky blue and orange of the same
eight. No two series differ by colour alone: each has a shape too.
"""

from __future__ import annotations

from typing import NamedTuple


class Shade(NamedTuple):
    """One colour as it is on light ground, which is what a drawing's file holds, and on dark."""

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
"""In the order in which they are given to series that have no colour of their own."""

SHAPES = ("circle", "square", "triangle-up", "diamond", "triangle-down")
"""In the same order."""

SHADES = (GROUND, INK, QUIET, LINE, *SERIES)
