"""Chart of a study of several tasks: PGR by task, and its mean over tasks."""

from __future__ import annotations

from collections.abc import Sequence

from truing.report._texts import tasks_text
from truing.report.drawing import Dot, Drawing, Subplot, beyond_text, dots, interval_rows
from truing.report.page._pgr_marks import (
    FIXED,
    of_first_methods,
    other_methods_text,
    pgr_axis,
    series_marks,
)
from truing.studies import Row, means_over_tasks


def draw_tasks(rows: Sequence[Row]) -> Drawing:
    """Draw the PGR by task with the mean over tasks, one subplot per supervisor and student."""
    shown = of_first_methods(rows)
    marks, axis = series_marks(row.method for row in shown), pgr_axis(shown)
    groups: dict[tuple[str, str], list[Dot]] = {}
    for row in shown:
        group = groups.setdefault((row.weak, row.strong), [])
        group.append(Dot(row.task, row.method, row.recovered))
    for mean in means_over_tasks(shown):
        name = f"mean over {tasks_text(mean)} tasks"
        groups[mean.weak, mean.strong].append(Dot(name, mean.method, mean.pgr))
    return Drawing(
        "pgr-by-task",
        "PGR by task",
        "Share of the gap between weak supervisor and ceiling that the student recovers on each "
        "task. Intervals are 95% and cover seeds and test items. The interval of the mean also "
        "covers the choice of tasks."
        f"{beyond_text((group, axis) for group in groups.values())}{other_methods_text(rows)}",
        tuple(
            Subplot(f"{weak} supervises {strong}", dots(group, (*marks, FIXED), axis))
            for (weak, strong), group in groups.items()
        ),
        (*marks, FIXED),
        interval_rows(
            ({"weak": weak, "student": strong}, dot)
            for (weak, strong), group in groups.items()
            for dot in group
        ),
    )
