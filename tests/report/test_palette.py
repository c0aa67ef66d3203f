"""The palette: seen against both grounds, and told apart by colour-blind readers."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from truing.report import stylesheet
from truing.report.drawing import GROUND, INK, LINE, QUIET, SERIES, SHAPES

pytestmark = pytest.mark.usefixtures("charts")

# Viénot, Brettel & Mollon 1999 (protan, deutan), on linear RGB.
BLIND = {
    "nobody": np.eye(3),
    "protanopia": np.array([[0.11238, 0.88762, 0], [0.11238, 0.88762, 0], [0.00401, -0.00401, 1]]),
    "deuteranopia": np.array(
        [[0.29275, 0.70725, 0], [0.29275, 0.70725, 0], [-0.02234, 0.02234, 1]]
    ),
}
SCHEMES = ["light", "dark"]


def linear(color: str) -> np.ndarray:
    parts = np.array([int(color[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def luminance(color: str) -> float:
    return float(linear(color) @ [0.2126, 0.7152, 0.0722])


def contrast(one: str, other: str) -> float:
    """WCAG 2.2."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def lab(rgb: np.ndarray) -> np.ndarray:
    """CIE L*a*b* (D65) of linear RGB."""
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    t = (xyz @ np.clip(rgb, 0, 1)) / [0.9505, 1.0, 1.089]
    f = np.where(t > 0.008856, np.cbrt(t), 7.787 * t + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("scheme", SCHEMES)
def test_text_and_marks_have_enough_contrast(scheme):
    ground = getattr(GROUND, scheme)
    assert all(contrast(getattr(one, scheme), ground) >= 4.5 for one in (INK, QUIET, SERIES[0]))
    assert all(contrast(getattr(one, scheme), ground) >= 3 for one in SERIES)
    assert contrast(getattr(LINE, scheme), ground) < 2  # grid lines keep to the background


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("eyes", BLIND)
def test_series_are_distinguishable_with_color_blindness(scheme, eyes):
    seen = [lab(BLIND[eyes] @ linear(getattr(one, scheme))) for one in SERIES]
    nearest = min(float(np.linalg.norm(one - other)) for one, other in combinations(seen, 2))
    assert nearest > 15  # CIE76; 2.3 is what can just be noticed


def test_every_series_has_its_own_shape():
    assert len(set(SHAPES)) == len(SHAPES) == len(SERIES)


def test_a_dark_page_changes_every_color_of_a_drawing():
    style = stylesheet()
    for shade in (INK, QUIET, LINE, *SERIES):
        assert f'[fill="{shade.light}"]' in style
        assert f'[stroke="{shade.light}"]' in style
    dark = style.partition("screen and (prefers-color-scheme:dark)")[2].partition("}")[0]
    assert all(shade.dark in dark for shade in (GROUND, INK, QUIET, LINE, *SERIES))
