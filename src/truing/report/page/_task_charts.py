"""Chart of a study of several tasks: PGR by task, and its mean over tasks."""

from __future__ import annotations

from collections.abc import Sequence

from truing.report._texts import interval_text, tasks_text
from truing.report.drawing import (
    GREY,
    SERIES,
    SHAPES,
    ChartAxis,
    Dot,
    Drawing,
    Mark,
    Subplot,
    dots,
    interval_rows,
)
from truing.studies import Row, means_over_tasks

FIXED = Mark("0 is the weak supervisor, 1 the ceiling", GREY, "dashes")
SHOWN = (-1.5, 2.5)  # drawn range of PGR
MOST_METHODS = 4  # per drawing; their marks are drawn below each other


def draw_tasks(rows: Sequence[Row]) -> Drawing:
    """Draw the PGR by task with the mean over tasks, one subplot per supervisor and student."""
    counted = [row for row in rows if not row.control]
    methods = list(dict.fromkeys(row.method for row in counted))[:MOST_METHODS]
    counted = [row for row in counted if row.method in methods]
    means = {(mean.weak, mean.strong, mean.method): mean for mean in means_over_tasks(counted)}
    marks = tuple(Mark(name, SERIES[at], SHAPES[at]) for at, name in enumerate(methods))
    axis = ChartAxis.around(
        "PGR", (row.recovered for row in counted), lines=(0.0, 1.0), within=SHOWN
    )
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in counted:
        groups.setdefault((row.weak, row.strong), []).append(row)
    subplots, tidy = [], []
    for (weak, strong), group in groups.items():
        own = [mean for mean in means.values() if (mean.weak, mean.strong) == (weak, strong)]
        values = [Dot(row.task, row.method, row.recovered) for row in group]
        values += [
            Dot(
                f"mean over {tasks_text(mean)} tasks",
                mean.method,
                mean.pgr,
                interval_text(mean.pgr),
            )
            for mean in own
        ]
        title = f"{weak} supervises {strong}"
        subplots.append(Subplot(title, dots(values, (*marks, FIXED), axis)))
        tidy += [({"weak": weak, "student": strong}, dot) for dot in values]
    left_out = len({row.method for row in rows if not row.control}) - len(methods)
    more = f" {left_out} more methods are in the table." if left_out > 0 else ""
    return Drawing(
        "pgr-by-task",
        "PGR by task",
        "Share of the gap between weak supervisor and ceiling that the student recovers on each "
        "task. Intervals are 95% and cover seeds and test items. The interval of the mean also "
        f"covers the choice of tasks. An arrow marks what lies beyond the axis.{more}",
        tuple(subplots),
        (*marks, FIXED),
        interval_rows(tidy),
    )
