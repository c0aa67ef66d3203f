"""Blank charts: what tests draw that do not look at charts.

Vega takes half a second of each process that draws, and a tenth of a second for each chart. Every
run draws several, hundreds of times in the suite. A module whose tests look at charts uses the
fixture `charts`; there, each chart is drawn once in a process.
"""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree

import pytest

PLACE = "truing.report.drawing._drawing._draw"
DRAW = "TRUING_TESTS_DRAW"  # set in the environment of forks that draw

DRAWN: dict[str, ElementTree.Element] = {}


def blank(chart: Mapping[str, Any]) -> ElementTree.Element:
    """An empty chart, whatever it should show."""
    return ElementTree.Element("{http://www.w3.org/2000/svg}svg", width="300", height="200")


def draw_blank(patch: pytest.MonkeyPatch) -> None:
    """Draw blank charts in this process, unless the environment says otherwise."""
    if DRAW not in os.environ:
        patch.setattr(PLACE, blank)


def draw_once(patch: pytest.MonkeyPatch) -> None:
    """Draw real charts in this process, each of them once."""
    from truing.report.drawing._drawing import _draw

    def draw(chart: Mapping[str, Any]) -> ElementTree.Element:
        name = json.dumps(chart)
        if name not in DRAWN:
            DRAWN[name] = _draw(chart)
        return copy.deepcopy(DRAWN[name])

    patch.setattr(PLACE, draw)
