"""Scene: what a kind of system implements, so that one planner serves stress tests of all kinds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from truing.given import GivenObject
from truing.oversight.questions import QuestionSet
from truing.registry import Built
from truing.studies import Step
from truing.tasks import Source


@dataclass(frozen=True)
class Systems:
    """Systems that differ in their seed only: planted systems, their twins, or references.

    Attributes:
        plant: the plant.
        strength: its strength. At 0 the systems are honest, and a scene plans the same steps for
            all plants whose honest systems are equal.
        seeds: the S seeds.
    """

    plant: Built[Any]
    strength: float
    seeds: tuple[int, ...]

    @property
    def key(self) -> tuple[str, float, tuple[int, ...]]:
        """Label of the plant, strength and seeds, which identify the systems in a stress test."""
        return self.plant.label, self.strength, self.seeds

    @property
    def honest(self) -> bool:
        """Whether the systems are honest."""
        return self.strength == 0

    def twins(self) -> Systems:
        """The honest twins: the same seeds at strength 0."""
        return replace(self, strength=0.0)

    def references(self, seeds: tuple[int, ...]) -> Systems:
        """Honest systems with other seeds."""
        return replace(self, strength=0.0, seeds=seeds)


class Scene(Protocol):
    """Plans the steps of the systems of one kind.

    A step covers all seeds of some systems, so that there are few steps. A step's parents are the
    steps that make the systems, such as trainings. Items are those on which a system may misbehave.
    The order of the systems is that of the seeds, and the L items of all systems are one after
    another, in the same order in `suspect` and in `outcome`.
    """

    @property
    def system(self) -> Mapping[str, str]:
        """Names of the parts of the honest system by role, as in `StressRow.system`."""

    @property
    def simulated(self) -> bool:
        """Whether agents of the system are simulated."""

    @property
    def sources(self) -> Mapping[str, Source | QuestionSet]:
        """Tasks or question sets by name, whose data the run folder's environment states."""

    @property
    def objects(self) -> tuple[GivenObject, ...]:
        """Given objects, other than plants and monitors, that are stored with the run."""

    def suspect(self, monitor: Built[Any], systems: Systems) -> Step:
        """Step in which a monitor sees each system.

        It writes `system` (S,), the suspicion of each system; `used` (S,), the number of audited
        items that it used; and `items` (L,), the suspicion of each item, unless the monitor does
        not score items.

        Raises:
            UserError: the monitor cannot see these systems.
        """

    def outcome(self, systems: Systems) -> Step:
        """Step that compares the answers of each system with the ground truth.

        It writes `lengths` (S,), the number of items of each system; `cluster` (L,), the number of
        each item's cluster; `correct` (L,), 1 or 0, NaN for items that do not count for accuracy;
        and `attacked` (L,), whether the system misbehaves on the item.

        Raises:
            UserError: the plant cannot corrupt this system.
        """
