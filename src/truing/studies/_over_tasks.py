"""Mean over tasks: one row per supervisor, student and method of a study of several tasks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from truing.measures import Estimate, mean_over_tasks
from truing.methods import Control
from truing.studies._row import Row

FEWEST_TASKS = 3  # with two tasks, Student's interval is 13 times the standard error


@dataclass(frozen=True)
class TaskMean:
    """Mean PGR of a method over the tasks of a study.

    Attributes:
        weak, strong, method, control: as in the rows.
        tasks: number of tasks in the mean: those whose gap is clearly positive, so that the
            interval of their PGR is bounded.
        all_tasks: number of tasks.
        pgr: the mean; its interval covers tasks, see `mean_over_tasks`.
        simulated: a supervisor is a simulation.
    """

    weak: str
    strong: str
    method: str
    control: Control | None
    tasks: int
    all_tasks: int
    pgr: Estimate
    simulated: bool

    def to_json(self) -> dict[str, Any]:
        """JSON values, with the interval as `pgr_low` and `pgr_high`."""
        return {
            "weak": self.weak,
            "strong": self.strong,
            "method": self.method,
            "tasks": self.tasks,
            "all_tasks": self.all_tasks,
            "pgr": self.pgr.value,
            "pgr_low": self.pgr.low,
            "pgr_high": self.pgr.high,
            "simulated": self.simulated,
        }


def means_over_tasks(rows: Iterable[Row]) -> list[TaskMean]:
    """Mean PGR of each supervisor, student and method with three or more tasks of a clear gap.

    Examples:
        >>> import truing
        >>> from sklearn.datasets import load_breast_cancer, load_digits, load_wine
        >>> arrays = {"wine": load_wine, "tumors": load_breast_cancer, "digits": load_digits}
        >>> tasks = {name: load(return_X_y=True) for name, load in arrays.items()}
        >>> study = truing.Study(
        ...     tasks=tasks, weak="pca-1", strong="pca-8", methods="naive", seeds=5
        ... )
        >>> result = truing.run(study)
        >>> [(mean.method, mean.tasks) for mean in truing.studies.means_over_tasks(result.rows)]
        [('naive', 3)]
    """
    groups: dict[tuple[str, str, str], list[Row]] = {}
    for row in rows:
        groups.setdefault((row.weak, row.strong, row.method), []).append(row)
    means = [_mean(group) for group in groups.values()]
    return [mean for mean in means if mean.tasks >= FEWEST_TASKS]


def _mean(rows: list[Row]) -> TaskMean:
    first = rows[0]
    return TaskMean(
        first.weak,
        first.strong,
        first.method,
        first.control,
        sum(row.recovered.bounded for row in rows),
        len(rows),
        mean_over_tasks([row.recovered for row in rows]),
        any(row.simulated for row in rows),
    )
