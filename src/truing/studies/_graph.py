"""Step graph: requested steps and all steps that they need."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

from truing.studies._step import Step
from truing.studies._store import Store
from truing.studies.work import ExtractPayload, LearnPayload


@dataclass(frozen=True)
class StepGraph:
    """Requested steps and all steps that they need.

    Attributes:
        wanted: the requested steps, whose results are read at the end.
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
        """Steps to run by key, parents first: steps that are needed and not stored.

        Stored results of requested steps are read, which verifies their checksums. Results of other
        steps are verified when they are used.
        """
        needed: dict[str, Step] = {}
        for step in self.wanted:
            if not store.intact(step.key):
                _collect(step, needed, lambda needed_step: needed_step.key in store)
        return needed

    def count(self, steps: Iterable[Step]) -> dict[str, int]:
        """Number of trainings and of extractions among some steps."""
        payloads = [step.payload for step in steps]
        trainings = sum(isinstance(each, LearnPayload) for each in payloads)
        extractions = sum(isinstance(each, ExtractPayload) for each in payloads)
        return {"trainings": trainings, "extractions": extractions}


def _collect(
    step: Step, found: dict[str, Step], skip: Callable[[Step], bool] = lambda step: False
) -> None:
    """Add a step after its parents, unless it was added before or is skipped."""
    if step.key in found or skip(step):
        return
    for parents in step.parents.values():
        for parent in parents:
            _collect(parent, found, skip)
    found[step.key] = step
