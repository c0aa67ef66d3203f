"""Labels that somebody gave before: people, another program, a judge.

One JSON object a line: `id` of the item, and either `probabilities` (one for each choice, summing
to 1) or `choice` (its index or its name).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from truing.errors import DataError
from truing.supervisors._supervisor import Labeller, supervisor
from truing.tasks import Task, read_jsonl


@supervisor("recorded")
def recorded(path: str) -> Labeller:
    """Labels from a JSONL file: `id` with `probabilities` or `choice`, for every item."""

    def label(task: Task, truth: np.ndarray | None, rng: np.random.Generator) -> np.ndarray:
        del truth, rng  # what was recorded is all there is
        place = {one: i for i, one in enumerate(task.ids)}
        labels = np.full((len(task), len(task.choices)), np.nan)
        for where, row in read_jsonl(Path(path)):
            at = place.get(str(row.get("id")))
            if at is None:
                raise DataError(f"{where}: no item of {task.name} has the id {row.get('id')!r}")
            if not np.isnan(labels[at, 0]):
                raise DataError(f"{where}: the id {row.get('id')!r} occurs twice")
            own = task.choices[: task.choice_counts[at]]
            labels[at, : len(own)] = _probabilities(where, row, own)
        missing = np.flatnonzero(np.isnan(labels[:, 0]))
        if len(missing):
            raise DataError(
                f"{path}: {len(missing)} items of {task.name} have no label, "
                f"the first is {task.ids[missing[0]]!r}"
            )
        return np.nan_to_num(labels, nan=0.0)  # of absent choices

    return Labeller(label)


def _probabilities(where: str, row: dict[str, Any], choices: tuple[str, ...]) -> np.ndarray:
    if "probabilities" in row:
        try:
            found = np.array(row["probabilities"], np.float64)
        except (TypeError, ValueError):
            found = np.array([])
        if found.shape != (len(choices),):
            raise DataError(f"{where}: 'probabilities' must be {len(choices)} numbers")
        if not (np.isfinite(found).all() and (found >= 0).all() and abs(found.sum() - 1) < 1e-3):
            raise DataError(f"{where}: 'probabilities' must be finite, from 0, and sum to 1")
        return found
    choice = row.get("choice")
    if isinstance(choice, str) and choice in choices:
        choice = choices.index(choice)
    if isinstance(choice, bool) or not isinstance(choice, int) or not 0 <= choice < len(choices):
        allowed = f"an index from 0 to {len(choices) - 1} or one of {', '.join(choices)}"
        raise DataError(f"{where}: 'probabilities' or 'choice' is needed; a choice is {allowed}")
    return np.eye(len(choices))[choice]
