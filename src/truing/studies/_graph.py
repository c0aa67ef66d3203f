"""Step graph: steps whose results are wanted, and every step that they need."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

from truing.studies._step import Step
from truing.studies._store import Store
from truing.studies.work import ExtractPayload, FinetunePayload, TrainPayload


@dataclass(frozen=True)
class StepGraph:
    """Steps whose results are wanted, and every step that they need.

    Attributes:
        wanted: the steps whose results are read in the end.
    """

    wanted: tuple[Step, ...]

    @cached_property
    def steps(self) -> dict[str, Step]:
        """Every distinct step by its key, parents before children."""
        found: dict[str, Step] = {}
        for step in self.wanted:
            _collect(step, found)
        return found

    def missing(self, store: Store) -> dict[str, Step]:
        """Steps to run by key, parents first: those not stored whose result something still needs.

        Stored results of wanted steps are read and so checked; those of other steps are checked
        when they are used.
        """
        needed: dict[str, Step] = {}
        for step in self.wanted:
            if not store.intact(step.key):
                _collect(step, needed, lambda one: one.key in store)
        return needed

    def count(self, steps: Iterable[Step]) -> dict[str, int]:
        """Number of trainings and of extractions among some steps."""
        payloads = [step.payload for step in steps]
        trainings = sum(isinstance(one, TrainPayload | FinetunePayload) for one in payloads)
        extractions = sum(isinstance(one, ExtractPayload) for one in payloads)
        return {"trainings": trainings, "extractions": extractions}


def _collect(
    step: Step, found: dict[str, Step], skip: Callable[[Step], bool] = lambda step: False
) -> None:
    """Add a step after its parents, unless it is there or may be skipped."""
    if step.key in found or skip(step):
        return
    for parents in step.parents.values():
        for parent in parents:
            _collect(parent, found, skip)
    found[step.key] = step
