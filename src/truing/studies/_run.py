"""Run a study: compute the steps that are not stored, and make the rows."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from truing.studies._complete import complete
from truing.studies._curves import LossCurve, make_curves
from truing.studies._follow import Watcher
from truing.studies._make_rows import make_rows
from truing.studies._objects import store_objects
from truing.studies._plan import Plan
from truing.studies._row import Row
from truing.studies._step import Step
from truing.studies._store import Store
from truing.studies.engines import Engine, LocalEngine


@dataclass(frozen=True)
class Work:
    """Work of a run.

    Attributes:
        trainings: number of models trained in this run: supervisors, students and ceilings.
        extractions: number of feature matrices computed in this run.
        reused: number of steps whose stored results were reused.
        seconds: wall-clock time.
    """

    trainings: int
    extractions: int
    reused: int
    seconds: float


@dataclass(frozen=True)
class Run:
    """Result of a study: its plan, rows, work, and the loss curves of its fine-tunings."""

    plan: Plan
    rows: tuple[Row, ...]
    work: Work
    curves: tuple[LossCurve, ...] = ()


def run_plan(
    plan: Plan,
    *,
    engine: Engine | None = None,
    store: Store | None = None,
    watch: Watcher | None = None,
    measured: Sequence[Step] = (),
) -> Run:
    """Run the steps of a study's plan that are not stored, and make its rows.

    Args:
        plan: the plan.
        engine: engine that runs the steps; by default a `LocalEngine` on all cores.
        store: store of results; by default `TRUING_STORE` or the user's cache folder.
        watch: called with progress.
        measured: steps that ran before the plan was made, to measure hardness.

    Raises:
        UserError: a mistake in the data or a method.

    Examples:
        >>> from truing.studies import Store, Study, make_plan, run_plan
        >>> study = Study(tasks="digits", weak="pca-4", strong="pca-16", methods="naive", seeds=1)
        >>> run = run_plan(make_plan(study), store=Store("memory://example"))
        >>> run.rows[0].method, run.work.trainings
        ('naive', 3)
    """
    began = time.monotonic()
    store = store or Store()
    store_objects(plan.needed, store)
    stored = {key for key in plan.steps if key in store}
    done = [*measured, *complete(plan, store, engine or LocalEngine(), stored, watch)]
    rows = tuple(make_rows(plan, store))
    seconds = round(time.monotonic() - began, 3)
    reused = len(
        stored - {step.key for step in done}
    )  # without damaged results that were computed again
    work = Work(**plan.count(done), reused=reused, seconds=seconds)
    return Run(plan, rows, work, make_curves(plan, store))
