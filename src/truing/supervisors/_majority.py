"""Control: the class frequencies of the supervise split as the belief about every item."""

from __future__ import annotations

import numpy as np

from truing.errors import DataError
from truing.supervisors._supervisor import Labeler, supervisor
from truing.tasks import Task


@supervisor("majority")
def majority() -> Labeler:
    """Control: always the most frequent class of the supervise split.

    The belief in each class is its share of the supervise split.
    """

    def label(task: Task, truth: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        if task.kind != "classification":
            raise DataError(
                f"majority needs classes, but the items of {task.name} have their own choices; "
                "leave it out"
            )
        counts = np.bincount(truth[truth >= 0], minlength=len(task.choices))
        return np.tile(counts / counts.sum(), (len(task), 1))

    return Labeler(label, sees="supervise")
