"""Measure hardness: it decides which items a study learns and tests, so it comes before the plan.

The trainings are steps in the store, like those of the study.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from truing.errors import DataError, UserError
from truing.students import Student
from truing.studies._chain import ChainPlanner
from truing.studies._complete import complete
from truing.studies._follow import Watcher
from truing.studies._graph import StepGraph
from truing.studies._objects import objects_of, store_objects
from truing.studies._step import Step
from truing.studies._store import Store
from truing.studies.engines import Engine
from truing.tasks import Source
from truing.tasks.shift import FOLDS, HARDNESS, Folds, provisional_hardness

Measure: TypeAlias = Callable[[StepGraph], Store | None]
"""Completes the steps that measure hardness, and returns their store; None to plan without results,
with a provisional hardness, which counts steps and rows as the measured hardness does."""


@dataclass
class Measuring:
    """Runs the steps that measure hardness.

    Attributes:
        engine: engine that runs the steps.
        store: store of results.
        watch: called with progress.
        ran: the steps that ran.
    """

    engine: Engine
    store: Store
    watch: Watcher | None = None
    ran: list[Step] = field(default_factory=list)

    def __call__(self, graph: StepGraph) -> Store:
        """Complete the steps."""
        named = [name for step in graph.steps.values() for name in step.payload.specifications]
        store_objects(objects_of(named), self.store)
        stored = {key for key in graph.steps if key in self.store}
        self.ran += complete(graph, self.store, self.engine, stored, self.watch)
        return self.store


def measured_in(store: Store) -> Measure:
    """A `Measure` that only reads a store; it raises UserError if a result is missing."""

    def measure(graph: StepGraph) -> Store:
        if missing := graph.missing(store):
            raise UserError(
                f"the store {store.location} lacks {len(missing)} of the {len(graph.steps)} steps "
                "that measure the hardness of the items; run the study with this store"
            )
        return store

    return measure


def measured_if_stored(store: Store) -> Measure:
    """A `Measure` that only reads a store; without all results the hardness is provisional."""

    def measure(graph: StepGraph) -> Store | None:
        return None if graph.missing(store) else store

    return measure


def with_hardness(
    sources: Mapping[str, Source], student: Student, measure: Measure
) -> tuple[dict[str, Source], tuple[Step, ...]]:
    """Sources with the measured field `hardness`, and the steps that measure it.

    Args:
        sources: tasks by name.
        student: the weak model.
        measure: completes the steps.

    Raises:
        DataError: a task has a field `hardness` already, or too few items.
    """
    planned: dict[str, tuple[Folds, Sequence[Step]]] = {}
    for name, source in sources.items():
        if HARDNESS in source.fields:
            raise DataError(
                f"{source.task.name}: the items have a field 'hardness' already; leave out the "
                "option hardness to use it, or rename the field"
            )
        folds = Folds(source.task, source.vault.unanswerable)
        chain = ChainPlanner(replace(source, division=folds))
        planned[name] = folds, chain.crossfit(student, range(FOLDS))
    steps = tuple(step for _, several in planned.values() for step in several)
    store, found = measure(StepGraph(steps)), {}
    for name, (folds, several) in planned.items():
        hardness = provisional_hardness(folds.task)
        if store is not None:
            hardness = folds.hardness([store.read(step.key)["beliefs"] for step in several])
        fields = {**sources[name].fields, HARDNESS: hardness}
        found[name] = replace(sources[name], fields=fields)
    return found, steps
