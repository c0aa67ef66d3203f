"""Plan planted rows: the steps of a row whose student learns planted labels."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from truing.measures import Metric
from truing.methods import Method
from truing.registry import Built
from truing.students import Student
from truing.studies._plan_line import PlantedLine
from truing.studies._planted import TRIGGERED, World
from truing.studies._step import Step
from truing.studies._stressed import Stressed
from truing.studies.work import PlantedSteps, compare_inheritance_step, inherit_step, score_step
from truing.supervisors import Supervisor
from truing.tasks import Source


@dataclass(frozen=True)
class Taught:
    """What the planted rows of a row share with it.

    Attributes:
        supervisor, student, method: those of the row.
        weak: labels of the supervisor, one per seed.
        ceiling: the ceilings of the row.
    """

    supervisor: Supervisor
    student: Student
    method: Built[Method]
    weak: Sequence[Step]
    ceiling: Sequence[Step]


@dataclass
class PlantedPlanner:
    """Plans the planted rows of a task.

    Attributes:
        source: the task.
        stressed: the plants with their strengths.
        seeds: the seeds.
        baseline, metric: those of the study.
        once: returns the same object for equal steps.
    """

    source: Source
    stressed: Sequence[Stressed]
    seeds: Sequence[int]
    baseline: str
    metric: Metric
    once: Callable[[Step], Step]
    _worlds: dict[str, World] = field(default_factory=dict)

    def lines(self, taught: Taught, naive: Built[Method] | None) -> tuple[PlantedLine, ...]:
        """The planted lines of a row; none for a method that learns the ground truth.

        Args:
            taught: supervisor, student and method.
            naive: naive training, from which the inheritance is compared; None without it.
        """
        if taught.method.value.labels == "truth":
            return ()
        return tuple(self._line(one, taught, naive) for one in self.stressed)

    def _line(self, stressed: Stressed, taught: Taught, naive: Built[Method] | None) -> PlantedLine:
        world = self._world(stressed)
        steps = self._steps(world, stressed, taught, taught.method)
        asked = self._asked_items(world)
        members = taught.method.value.members
        ceiling = world.chain(0.0).ceilings(taught.student, members, self.seeds)
        compare = None
        if naive is not None and naive.label != taught.method.label:
            others = self._steps(world, stressed, taught, naive)
            compare = self.once(compare_inheritance_step(self.source, asked, steps, others))
        source, weak = self.source, taught.weak
        baseline, metric = self.baseline, self.metric
        return PlantedLine(
            stressed,
            self.once(score_step(source, baseline, metric, weak, steps.planted, taught.ceiling)),
            self.once(inherit_step(source, asked, steps, self._each_once(ceiling))),
            compare,
        )

    def _steps(
        self, world: World, stressed: Stressed, taught: Taught, method: Built[Method]
    ) -> PlantedSteps:
        """Labels, planted students and twins of a method, one per seed."""
        honest, strength = [world.honest(one) for one in taught.weak], stressed.strength
        labels = [
            self.once(world.planted(strength, seed, taught.student, weak))
            for seed, weak in zip(self.seeds, taught.weak, strict=True)
        ]

        def students(chain_at: float, of: Sequence[Step]) -> list[Step]:
            chain = world.chain(chain_at)
            return self._each_once(
                chain.taught(own, taught.supervisor, taught.student, method, seed)
                for own, seed in zip(of, self.seeds, strict=True)
            )

        return PlantedSteps(labels, students(strength, labels), students(0.0, honest))

    def _asked_items(self, world: World) -> np.ndarray:
        """(n,) indices of the test items, or of their copies with the trigger."""
        splits = world.source(0.0).splits(self.seeds[0])
        return splits.shifted[TRIGGERED] if world.plant.value.trigger else splits.test

    def _world(self, stressed: Stressed) -> World:
        label = stressed.plant.label
        if label not in self._worlds:
            self._worlds[label] = World(self.source, stressed.plant)
        return self._worlds[label]

    def _each_once(self, steps: Iterable[Step]) -> list[Step]:
        return [self.once(step) for step in steps]
