"""Section of a study on transfer: accuracies beside chance accuracy or the majority rate."""

from __future__ import annotations

from collections.abc import Mapping

from truing.report.page._balance_table import balance_table
from truing.report.page._page import Section
from truing.report.page._study_charts import draw_transfer
from truing.runs import FoundRun, TaskData


def transfer_section(run: FoundRun) -> Section:
    """Accuracies of supervisor, student and ceiling."""
    drawing = draw_transfer(run.rows, chance_accuracies(run.environment.tasks))
    balanced = any(row.class_balance for row in run.rows)
    tables = (balance_table(run.rows),) if balanced else ()
    return Section("transfer", "Transfer", drawings=(drawing,), tables=tables)


def chance_accuracies(tasks: Mapping[str, TaskData]) -> dict[str, float]:
    """Chance accuracy by task: stored, or 1 / choices in folders that store no chance accuracy."""
    found = {name: _chance(one) for name, one in tasks.items()}
    known = {name: chance for name, chance in found.items() if chance is not None}
    # Rows may name a file without its folder.
    return known | {name.rpartition("/")[2]: chance for name, chance in known.items()}


def _chance(data: TaskData) -> float | None:
    if data.chance is not None and 0 < data.chance < 1:
        return data.chance
    return 1 / data.choices if data.choices is not None and data.choices > 1 else None
