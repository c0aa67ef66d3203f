"""Run a study: compute the steps that are not stored, and make the rows."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass

from truing.errors import CorruptEntryError, EngineError, TruingError
from truing.studies._curves import LossCurve, make_curves
from truing.studies._follow import Follower, Watcher
from truing.studies._graph import StepGraph
from truing.studies._make_rows import make_rows
from truing.studies._objects import store_objects
from truing.studies._plan import Plan
from truing.studies._row import Row
from truing.studies._step import Batch, Step, make_job
from truing.studies._store import Store
from truing.studies.engines import Engine, LocalEngine

ATTEMPTS = 5  # maximum number of retries after lost or damaged results
FULL = 64  # maximum number of jobs per batch: enough to share matrix products and to see progress


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
) -> Run:
    """Run the steps of a study's plan that are not stored, and make its rows.

    Args:
        plan: the plan.
        engine: engine that runs the steps; by default a `LocalEngine` on all cores.
        store: store of results; by default `TRUING_STORE` or the user's cache folder.
        watch: called with progress.

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
    done = complete(plan, store, engine or LocalEngine(), stored, watch)
    rows = tuple(make_rows(plan, store))
    seconds = round(time.monotonic() - began, 3)
    reused = len(
        stored - {step.key for step in done}
    )  # without damaged results that were computed again
    work = Work(**plan.count(done), reused=reused, seconds=seconds)
    return Run(plan, rows, work, make_curves(plan, store))


def complete(
    graph: StepGraph,
    store: Store,
    engine: Engine,
    stored: Set[str] = frozenset(),
    watch: Watcher | None = None,
) -> list[Step]:
    """Compute the missing steps of a step graph, such as a plan; return the steps that ran.

    The store removes damaged entries, which are computed again.

    Args:
        graph: the step graph.
        store: store of results.
        engine: engine that runs the steps.
        stored: keys of the graph that were stored before; `watch` receives the number of those that
            are reused.
        watch: called with progress.

    Raises:
        EngineError: results were lost more than `ATTEMPTS` times.
        UserError: a mistake in the data or a method; results computed before stay in the store.
    """
    ran: dict[str, Step] = {}
    losses = 0
    report = Follower(watch, store)
    while missing := graph.missing(store):
        batches = _batches(_ready(missing), engine.slots)
        total = len(ran.keys() | missing.keys())
        reused = len(stored - ran.keys() - missing.keys())
        report.start(batches, engine.slots, len(ran), total, reused)
        lost: TruingError | None = None
        try:
            with report.over(batches):
                for batch, error in engine.run(batches, store.location):
                    if isinstance(error, CorruptEntryError):
                        lost = error  # removed by the store; computed again in the next round
                    elif error is not None:
                        raise error
                    else:
                        ran |= {job.key: missing[job.key] for job in batch.jobs}
                    report.end(batch, len(ran), total, reused)
        except EngineError as error:
            lost = error
        stuck = lost is not None and graph.missing(store).keys() == missing.keys()
        losses = losses + 1 if stuck else 0
        if losses > ATTEMPTS:
            raise EngineError(
                f"results were lost {losses} times in a row; the last error: {lost}"
            ) from lost
    return list(ran.values())


def _ready(missing: dict[str, Step]) -> list[Step]:
    """Steps without missing parents."""
    return [
        step
        for step in missing.values()
        if not any(parent.key in missing for parents in step.parents.values() for parent in parents)
    ]


def _batches(steps: Iterable[Step], slots: int) -> list[Batch]:
    """Group steps with the same inputs into batches, enough to keep every slot busy."""
    groups: dict[tuple[str, str], list[Step]] = {}
    for step in steps:
        groups.setdefault((step.kind, step.group), []).append(step)
    total = sum(map(len, groups.values()))
    size = max(1, min(FULL, -(-total // (2 * slots))))
    return [
        Batch(kind, tuple(make_job(step) for step in part))
        for (kind, _), group in groups.items()
        for part in _cut(group, len(group) if group[0].together else size)
    ]


def _cut(steps: Sequence[Step], size: int) -> list[Sequence[Step]]:
    return [steps[at : at + size] for at in range(0, len(steps), size)]
