"""Section of a study on the best of n candidates: chart and tables."""

from __future__ import annotations

from collections.abc import Sequence

from truing.report._best_of_n import ORACLE, counted_questions, named_curves
from truing.report._texts import by_pair, interval_text
from truing.report.page._best_of_n_chart import draw_best_of_n
from truing.report.page._page import Section, Table
from truing.studies import Row


def best_of_n_section(rows: Sequence[Row]) -> Section:
    """Right answers of the best of n candidates, for growing n."""
    known = [row for row in rows if row.best_of_n]
    tables = tuple(_best_of_n_table(name, group) for name, group in by_pair(known).items())
    return Section("best-of-n", "Best of n", drawings=(draw_best_of_n(rows),), tables=tables)


def _best_of_n_table(name: str, rows: Sequence[Row]) -> Table:
    curves = list(named_curves(rows))
    points = curves[0][1].points
    shown = [
        ("KL (nats)", *(f"{point.kl:.2f}" for point in points)),
        (ORACLE, *(interval_text(point.oracle, 3) for point in points)),
        *(
            (series, *(interval_text(point.truth, 3) for point in curve.points))
            for series, curve in curves
        ),
    ]
    heads = ("", *(f"#n = {point.n}" for point in points))
    caption = f"Right answers of the best of n, with 95% intervals: {name}"
    return Table(caption, heads, tuple(shown), counted_questions(rows))
