"""Axis: the horizontal axis of a chart, with round ends."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from truing.measures import Estimate
from truing.report.drawing._layout import Spec


@dataclass(frozen=True)
class ChartAxis:
    """A horizontal axis.

    Attributes:
        title: name of the quantity.
        low, high: ends of the axis.
        lines: reference values (0, 1, chance accuracy).
        whole: range of the quantity; if the axis does not begin at its start, the title says so.
    """

    title: str
    low: float
    high: float
    lines: tuple[float, ...] = ()
    whole: tuple[float, float] | None = None

    @classmethod
    def around(
        cls,
        title: str,
        estimates: Iterable[Estimate],
        *,
        lines: Sequence[float] = (),
        within: tuple[float, float] = (-math.inf, math.inf),
        whole: tuple[float, float] | None = None,
    ) -> ChartAxis:
        """An axis with round ends that contains estimates with their intervals, and lines.

        Args:
            title: name of the quantity.
            estimates: values and intervals to show.
            lines: reference values.
            within: limits of the axis; values and intervals beyond them are drawn as arrows.
            whole: range of the quantity.
        """
        shown = [min(max(end, within[0]), within[1]) for one in estimates for end in one.known]
        shown += [one for one in lines if within[0] <= one <= within[1]]
        low, high = min(shown, default=0.0), max(shown, default=1.0)
        step = _step(max(high - low, 1e-3) / 5)
        low, high = math.floor(low / step - 0.01) * step, math.ceil(high / step + 0.01) * step
        if whole:
            low, high = max(low, whole[0]), min(high, whole[1])
        return cls(title, round(low, 10), round(high, 10), tuple(lines), whole)

    @property
    def full_title(self) -> str:
        """The title, with the start of the axis if it is not the start of the quantity."""
        if self.whole is None or self.low <= max(self.whole[0], 0.0):
            return self.title
        return f"{self.title} (the axis begins at {self.low:g})"

    def channel(self, field: str = "value") -> Spec:
        """The horizontal channel of a field."""
        scale = {"domain": [self.low, self.high], "nice": False, "zero": False}
        found = {"field": field, "type": "quantitative", "title": self.full_title, "scale": scale}
        return {**found, "axis": {"tickCount": 5}}


def _step(least: float) -> float:
    """The smallest of 1, 2 and 5 times a power of ten that is not below `least`."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(one * power for one in (1, 2, 5, 10) if one * power >= least * 0.999)
