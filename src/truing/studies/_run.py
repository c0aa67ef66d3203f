"""Running a study: what the store does not hold is computed, wave by wave, and rows are made."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass

from truing.errors import CorruptEntryError, EngineError, TruingError
from truing.studies._curves import LossCurve, make_curves
from truing.studies._follow import Follower, Watcher
from truing.studies._graph import StepGraph
from truing.studies._plan import Plan
from truing.studies._row import Row, make_rows
from truing.studies._step import Batch, Step, make_job
from truing.studies._store import Store
from truing.studies.engines import Engine, LocalEngine

ATTEMPTS = 5  # at work that was lost or damaged under way
FULL = 64  # jobs in a batch, at most: enough to share products, few enough to see progress


@dataclass(frozen=True)
class Work:
    """What a run did.

    Attributes:
        trainings: heads trained now: supervisors, students and ceilings.
        extractions: feature matrices computed now.
        reused: steps of the plan whose stored results served as they were.
        seconds: wall-clock time.
    """

    trainings: int
    extractions: int
    reused: int
    seconds: float


@dataclass(frozen=True)
class Run:
    """A study's result: its plan, its rows, what it took, and the curves of its fine-tunings."""

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
    """Run a study's plan, or as much of it as was not run before.

    Args:
        engine: where the work runs; by default on this machine's cores.
        store: what was computed before; by default `TRUING_STORE` or the user's cache folder.
        watch: told of progress.

    Raises:
        UserError: a mistake in the data or a method.
    """
    began = time.monotonic()
    store = store or Store()
    stored = {key for key in plan.steps if key in store}
    done = complete(plan, store, engine or LocalEngine(), stored, watch)
    rows = tuple(make_rows(plan, store))
    seconds = round(time.monotonic() - began, 3)
    reused = len(stored - {step.key for step in done})  # not what was damaged and made again
    work = Work(**plan.count(done), reused=reused, seconds=seconds)
    return Run(plan, rows, work, make_curves(plan, store))


def complete(
    graph: StepGraph,
    store: Store,
    engine: Engine,
    stored: Set[str] = frozenset(),
    watch: Watcher | None = None,
) -> list[Step]:
    """Compute what the store lacks of a step graph, such as a plan; returns the steps that ran.

    An entry found damaged on the way was removed by the store and is made again.

    Args:
        stored: keys of the graph that the store contains; `watch` is given how many of them serve.

    Raises:
        EngineError: work was lost again and again.
        UserError: a mistake in data or a method; what was computed before it stays in the store.
    """
    ran: dict[str, Step] = {}
    losses = 0
    tell = Follower(watch, store)
    while missing := graph.missing(store):
        batches = _batches(_ready(missing), engine.slots)
        total = len(ran.keys() | missing.keys())
        reused = len(stored - ran.keys() - missing.keys())
        tell(batches[0].kind, len(ran), total, reused)
        lost: TruingError | None = None
        try:
            with tell.over(batches):
                for batch, error in engine.run(batches, store.location):
                    if isinstance(error, CorruptEntryError):
                        lost = error  # it was removed, and is made again in the next round
                    elif error is not None:
                        raise error
                    else:
                        ran |= {job.key: missing[job.key] for job in batch.jobs}
                    tell(batch.kind, len(ran), total, reused)
        except EngineError as error:
            lost = error
        stuck = lost is not None and graph.missing(store).keys() == missing.keys()
        losses = losses + 1 if stuck else 0
        if losses > ATTEMPTS:
            raise EngineError(f"work was lost {losses} times; the last time: {lost}") from lost
    return list(ran.values())


def _ready(missing: dict[str, Step]) -> list[Step]:
    """Steps none of whose parents is missing."""
    return [
        step
        for step in missing.values()
        if not any(parent.key in missing for parents in step.parents.values() for parent in parents)
    ]


def _batches(steps: Iterable[Step], slots: int) -> list[Batch]:
    """Steps that share their inputs, together, in as many batches as keep every slot busy."""
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
