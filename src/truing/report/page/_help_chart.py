"""Chart of the effect of help on a judge and on the student that it supervises."""

from __future__ import annotations

from collections.abc import Sequence

from truing.report._texts import metric_text, signed_text
from truing.report.drawing import (
    BLUE,
    VERMILLION,
    ChartAxis,
    Dot,
    Drawing,
    Mark,
    Subplot,
    dots,
    interval_rows,
)
from truing.studies import Row

JUDGE = Mark("judge, 95%", VERMILLION, "square")
STUDENT = Mark("student, 95%", BLUE, "circle")
ROLES = {"supervisor": ("weak", JUDGE), "student": ("transfer", STUDENT)}


def draw_help(rows: Sequence[Row]) -> Drawing:
    """Draw the accuracy of judges without and with help, and of their students.

    There is one subplot per task, student and method. At the right is the gain from help, with the
    95% interval of the paired difference.
    """
    judged = {row.weak for row in rows if row.help} | {row.help.unaided for row in rows if row.help}
    subplots: dict[str, list[Row]] = {}
    for row in rows:
        if row.weak in judged:
            name = f"{row.task}: {row.strong} learns by {row.method}"
            subplots.setdefault(name, []).append(row)
    shown = [
        (name, [dot for row in group for dot in _dots(row)]) for name, group in subplots.items()
    ]
    every = (dot.estimate for _, found in shown for dot in found)
    axis = ChartAxis.around(metric_text(rows), every, whole=(0.0, 1.0))
    marks = (JUDGE, STUDENT)
    return Drawing(
        "help",
        "Effect of help on the judge and on its student",
        f"{metric_text(rows, starts=True)} on the test items. At the right, the gain from help "
        "with the 95% interval of the paired difference. Lines are 95% intervals over seeds and "
        "test items. For each seed, the "
        "judge is the same in all rows.",
        tuple(Subplot(name, dots(found, marks, axis, texts=True)) for name, found in shown),
        marks,
        interval_rows(
            ({"subplot": name, "gain": dot.text}, dot) for name, found in shown for dot in found
        ),
    )


def _dots(row: Row) -> list[Dot]:
    name = row.weak + (" (simulated)" if row.simulated else "")
    return [
        Dot(
            name,
            mark.name,
            row.score(field),
            signed_text(getattr(row.help, role)) if row.help else "unaided",
        )
        for role, (field, mark) in ROLES.items()
    ]
