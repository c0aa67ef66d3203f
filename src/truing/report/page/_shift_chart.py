"""Chart of a study under shift: PGR at home and in each domain."""

from __future__ import annotations

from collections.abc import Sequence

from truing.report._certificate import ceiling_text, domain_means, places, with_shift
from truing.report._texts import by_pair
from truing.report.drawing import Dot, Drawing, Subplot, beyond_text, dots, interval_rows
from truing.report.page._pgr_marks import (
    FIXED,
    of_first_methods,
    other_methods_text,
    pgr_axis,
    series_marks,
)
from truing.studies import Row

MOST_SUBPLOTS = 16  # the table and the CSV file contain the others


def draw_domains(rows: Sequence[Row]) -> Drawing:
    """Draw the PGR at home and in each domain, one subplot per task, supervisor and student."""
    every = with_shift(rows)
    shown = of_first_methods(every) or every
    marks = (*series_marks(row.method for row in shown), FIXED)
    axis = pgr_axis(one for row in shown for _, one, _ in places(row))
    groups = {
        name: [dot for row in group for dot in _dots(row)] for name, group in by_pair(shown).items()
    }
    drawn = dict(list(groups.items())[:MOST_SUBPLOTS])
    more = len(groups) - len(drawn)
    return Drawing(
        "pgr-by-domain",
        "PGR at home and under shift",
        "Share of the gap between weak supervisor and ceiling that the student recovers at home "
        f"and in each domain. {ceiling_text(every)} Intervals are 95% and cover "
        f"{_covered(every)}.{_mean_text(every)}{_undefined_text(shown)}"
        f"{beyond_text((group, axis) for group in drawn.values())}{other_methods_text(every)}"
        f"{f' {more} more subplots are in the table.' if more else ''}",
        tuple(Subplot(name, dots(group, marks, axis)) for name, group in drawn.items()),
        marks,
        interval_rows(
            ({"task": row.task, "weak": row.weak, "student": row.strong}, dot)
            for row in every
            for dot in _dots(row)
        ),
    )


def _dots(row: Row) -> list[Dot]:
    """PGR of a method: at home, in each domain, and the mean over several domains."""
    there = row.shift.domains if row.shift else ()
    found = [Dot(one.domain, row.method, one.recovered) for one in (row, *there)]
    return found + [Dot(f"{name} domains", row.method, mean) for name, mean in domain_means(row)]


def _covered(rows: Sequence[Row]) -> str:
    return "test items only" if all(row.seeds == 1 for row in rows) else "seeds and test items"


def _mean_text(rows: Sequence[Row]) -> str:
    """A sentence on the mean over domains if one is drawn."""
    if not any(map(domain_means, rows)):
        return ""
    return " The interval of the mean also covers the choice of domains if there are three or more."


def _undefined_text(rows: Sequence[Row]) -> str:
    """A sentence on places without a PGR, which have no point."""
    if all(one.pgr is not None for row in rows for _, one, _ in places(row)):
        return ""
    return " Without a point, the PGR is undefined: the ceiling is not above the weak supervisor."
