"""Recorded labels of people, another program or a judge.

Each item has a row with its `id` and either `probabilities` (one number per choice, summing to 1)
or `choice` (a name, an index from 0, or a letter). `truth_is` states which of these `choice` is. If
items have their own choices, a name is the text of a choice, with or without the question before
it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from truing.arguments import FilePath
from truing.errors import DataError
from truing.supervisors._supervisor import Labeler, supervisor
from truing.tasks import FileRow, Task, TruthRule, find_choice, list_of, read_rows


@supervisor("recorded:{path:PATH}")
def recorded(path: FilePath, truth_is: str = "") -> Labeler:
    """Labels from a file: `id` with `probabilities` or `choice`, for every item.

    Args:
        path: the file.
        truth_is: index, name or letter; by default the recorded choice and the task's choices
            determine it.
    """
    rule = TruthRule(truth_is)

    def label(task: Task, truth: np.ndarray | None, rng: np.random.Generator) -> np.ndarray:
        del truth, rng  # the labels are in the file
        place = {name: at for at, name in enumerate(task.ids)}
        labels = np.full((len(task), len(task.choices)), np.nan)
        for where, row in read_rows(Path(path)):
            at = place.get(str(row.get("id")))
            if at is None:
                raise DataError(f"{where}: no item of {task.name} has the id {row.get('id')!r}")
            if not np.isnan(labels[at, 0]):
                raise DataError(f"{where}: the id {row.get('id')!r} occurs twice")
            own = _names(task, at, row.get("choice"))
            labels[at, : len(own)] = _probabilities(where, row, own, rule)
        missing = np.flatnonzero(np.isnan(labels[:, 0]))
        if len(missing):
            raise DataError(
                f"{path}: {len(missing)} items of {task.name} have no label; "
                f"the first is {task.ids[missing[0]]!r}"
            )
        return np.nan_to_num(labels, nan=0.0)  # 0 for absent choices

    return Labeler(label, fixed=True)


def _names(task: Task, at: int, choice: Any) -> tuple[str, ...]:
    """Names of an item's choices, with the question before them if `choice` contains it."""
    item = task.items[at]
    with_question = task.kind != "classification" and choice not in item.choices
    return item.answers if with_question and choice in item.answers else item.choices


def _probabilities(where: str, row: FileRow, choices: Sequence[str], rule: TruthRule) -> np.ndarray:
    """(K,) probability of each choice."""
    if row.get("probabilities") is not None:
        try:
            found = np.array(list_of(where, "probabilities", row["probabilities"]), np.float64)
        except (TypeError, ValueError):
            found = np.array([])
        if found.shape != (len(choices),):
            raise DataError(f"{where}: 'probabilities' must be {len(choices)} numbers")
        if not (np.isfinite(found).all() and (found >= 0).all() and abs(found.sum() - 1) < 1e-3):
            raise DataError(f"{where}: 'probabilities' must be finite, not below 0, and sum to 1")
        return found
    if row.get("choice") is None:
        raise DataError(f"{where}: 'probabilities' or 'choice' is required")
    return np.eye(len(choices))[find_choice(where, row["choice"], choices, rule, field="choice")]
