"""Chart of a board: the gains of the finalists with their intervals, as marks with positions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from truing.research._evaluation import Gain

LEFT, RIGHT, ROW = 24, 396, 36  # pixels of the drawing, which fits the width of a phone


@dataclass(frozen=True)
class GainMark:
    """A gain in the chart, with the positions of its value and of the ends of its interval.

    Attributes:
        number: number of the submission, on its first row only.
        label: tier and task.
        gain: the gain.
        x, low, high, y: positions in pixels.
    """

    number: str
    label: str
    gain: Gain
    x: float
    low: float
    high: float
    y: float


@dataclass(frozen=True)
class GainChart:
    """The chart: its marks, the ticks of its axis as (position, text), and its size."""

    marks: tuple[GainMark, ...]
    ticks: tuple[tuple[float, str], ...]
    zero: float
    height: float
    width: float = RIGHT + 20


def gain_marks(given: Sequence[tuple[str, str, Gain]]) -> GainChart | None:
    """The chart of gains, (number of the submission, label, gain) each; None without gains."""
    if not given:
        return None
    low = min(0.0, *(gain.low for _, _, gain in given))
    high = max(0.0, *(gain.high for _, _, gain in given))
    step = _nice((high - low or 1.0) / 5)
    first, last = math.floor(low / step), math.ceil(high / step)

    def place(value: float) -> float:
        return round(LEFT + (value / step - first) / max(last - first, 1) * (RIGHT - LEFT), 1)

    marks, before = [], ""
    for row, (number, label, gain) in enumerate(given):
        ends = (place(gain.value), place(gain.low), place(gain.high), ROW * (row + 1.0))
        marks.append(GainMark(number if number != before else "", label, gain, *ends))
        before = number
    ticks = tuple((place(n * step), f"{n * step:+.3g}") for n in range(first, last + 1))
    return GainChart(tuple(marks), ticks, place(0.0), ROW * (len(given) + 1.25))


def _nice(step: float) -> float:
    """The next step of 1, 2 or 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(step))
    return power * next(factor for factor in (1, 2, 5, 10) if factor * power >= step * (1 - 1e-9))
