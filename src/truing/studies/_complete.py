"""Complete a step graph: compute the steps that are not stored, in batches on an engine."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set

from truing.errors import CorruptEntryError, EngineError, TruingError
from truing.studies._follow import Follower, Watcher
from truing.studies._graph import StepGraph
from truing.studies._step import Batch, Step, make_job
from truing.studies._store import Store
from truing.studies.engines import Engine

ATTEMPTS = 5  # maximum number of retries after lost or damaged results
FULL = 64  # maximum number of jobs per batch: enough to share matrix products and to see progress


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
