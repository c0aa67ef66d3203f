"""The chart of oversight in a study: what help is worth to a judge, and to its student."""

from __future__ import annotations

from collections.abc import Sequence

from truing.report._figures import signed_text
from truing.report.drawing import (
    BLUE,
    VERMILLION,
    ChartAxis,
    ChartPanel,
    Dot,
    Drawing,
    Mark,
    dots,
    interval_rows,
)
from truing.studies import AccuracyGain, Row

JUDGE = Mark("the judge, 95%", VERMILLION, "square")
STUDENT = Mark("its student, 95%", BLUE, "circle")
ROLES = {"supervisor": ("weak", JUDGE), "student": ("transfer", STUDENT)}


def draw_help(rows: Sequence[Row]) -> Drawing:
    """One panel for each task, student and method: every judge, unaided and helped.

    Accuracy of the judge and of its student with 95% intervals, and at the right what help adds to
    each, with the interval of the paired difference.
    """
    judged = {row.weak for row in rows if row.help} | {row.help.unaided for row in rows if row.help}
    panels: dict[str, list[Row]] = {}
    for row in rows:
        if row.weak in judged:
            name = f"{row.task}: {row.strong} learns by {row.method}"
            panels.setdefault(name, []).append(row)
    shown = [(name, [dot for row in held for dot in _dots(row)]) for name, held in panels.items()]
    ends = [end for _, held in shown for dot in held for end in (dot.low, dot.high)]
    axis = ChartAxis.around("accuracy", ends, whole=(0.0, 1.0))
    marks = (JUDGE, STUDENT)
    return Drawing(
        "help",
        "What help is worth to a judge, and to the student that it supervises",
        "Accuracy on the test items. At the right, what help adds, with the 95% interval of the "
        "paired difference. Lines are 95% intervals over seeds and test items; the judge of a seed "
        "is the same in every row.",
        tuple(ChartPanel(name, dots(held, marks, axis, texts=True)) for name, held in shown),
        marks,
        interval_rows(
            ({"panel": name, "gain": dot.text}, dot) for name, held in shown for dot in held
        ),
    )


def _dots(row: Row) -> list[Dot]:
    name = row.weak + (" (simulated)" if row.simulated else "")
    return [
        Dot(
            name,
            mark.name,
            *(getattr(row, f"{field}_{part}") for part in ("accuracy", "low", "high")),
            text=_told(getattr(row.help, role)) if row.help else "unaided",
        )
        for role, (field, mark) in ROLES.items()
    ]


def _told(gain: AccuracyGain) -> str:
    return signed_text(gain.value, gain.low, gain.high)
