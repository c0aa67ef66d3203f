"""What the charts of a study share: marks, the axis of PGR, and the methods that fit a chart."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from truing.report.drawing import GREY, SERIES, SHAPES, ChartAxis, Mark
from truing.studies import Row

SHOWN = (-1.5, 2.5)  # drawn range of PGR; values far outside would compress the others
FIXED = Mark("0 is the weak supervisor, 1 the ceiling", GREY, "dashes")
MOST_METHODS = 4  # whose marks are beside each other in one row or at one place


def series_marks(names: Iterable[str]) -> tuple[Mark, ...]:
    """Marks for names, each with its own pair of color and shape."""
    found = list(dict.fromkeys(names))
    turns = len(SERIES)
    return tuple(
        Mark(name, SERIES[at % turns], SHAPES[(at + at // turns) % len(SHAPES)])
        for at, name in enumerate(found)
    )


def pgr_axis(rows: Iterable[Row]) -> ChartAxis:
    """Axis of PGR that contains the intervals of the rows, within the drawn range."""
    every = (row.recovered for row in rows)
    return ChartAxis.around("PGR", every, lines=(0.0, 1.0), within=SHOWN)


def of_first_methods(rows: Sequence[Row]) -> list[Row]:
    """Rows of the first methods, without controls."""
    counted = [row for row in rows if not row.control]
    methods = list(dict.fromkeys(row.method for row in counted))[:MOST_METHODS]
    return [row for row in counted if row.method in methods]


def other_methods_text(rows: Sequence[Row]) -> str:
    """A sentence on the methods that `of_first_methods` leaves out; empty if there are none."""
    more = len({row.method for row in rows if not row.control}) - MOST_METHODS
    return f" The other methods ({more}) are in the table." if more > 0 else ""
