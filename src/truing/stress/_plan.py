"""Plan of a stress test: the distinct steps, and the steps of its rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

from truing.given import GivenObject, shown
from truing.registry import Built
from truing.stress._row import StressRow
from truing.stress._scene import Scene, Systems
from truing.stress._scenes import make_scene
from truing.stress._stress_test import StressTest
from truing.stress.work import Cell, DetectPayload, cost_step, detect_step
from truing.studies import Step, StepGraph, Store, objects_of


@dataclass(frozen=True)
class StressPlan(StepGraph):
    """Steps of a stress test; the wanted steps are those of its rows, in their order.

    Attributes:
        test: the stress test.
        scene: plans the steps of its systems.
    """

    test: StressTest
    scene: Scene

    @property
    def needed(self) -> list[GivenObject]:
        """Given objects that workers need; not the task, which contains the ground truth."""
        named = [one for step in self.steps.values() for one in step.payload.specifications]
        return list({one.specification: one for one in objects_of(dict.fromkeys(named))}.values())

    @property
    def objects(self) -> list[GivenObject]:
        """All given objects of the stress test."""
        found = [*objects_of((*self.test.plants, *self.test.monitors)), *self.scene.objects]
        return list({one.specification: one for one in [*found, *self.needed]}.values())

    def rows(self, store: Store) -> tuple[StressRow, ...]:
        """The rows of a completed plan."""
        return tuple(StressRow.from_json(store.read_json(step.key)) for step in self.wanted)


def plan_stress(test: StressTest) -> StressPlan:
    """Plan a stress test.

    Raises:
        UserError: an unknown name, invalid data, a plant that cannot corrupt the system, or a
            monitor that cannot see it.
    """
    scene = make_scene(test)
    return StressPlan(tuple(_rows(test, scene)), test, scene)


def _rows(test: StressTest, scene: Scene) -> Iterator[Step]:
    """Steps of the rows: for each plant and strength a row per monitor."""
    for plant, strength in product(test.built_plants, test.strengths):
        planted = Systems(plant, strength, test.seed_numbers)
        twins, references = planted.twins(), planted.references(test.reference_seeds)
        outcomes = scene.outcome(planted), scene.outcome(twins)
        cost = cost_step(*outcomes)
        for monitor in test.built_monitors:
            cell = Cell(
                *(scene.suspect(monitor, one) for one in (planted, twins, references)),
                *outcomes,
                cost,
            )
            yield detect_step(_payload(test, scene, planted, monitor), cell)


def _payload(
    test: StressTest, scene: Scene, planted: Systems, monitor: Built[Any]
) -> DetectPayload:
    value = monitor.value
    return DetectPayload(
        plant=shown(planted.plant.label, [one.label for one in test.built_plants]),
        strength=planted.strength,
        monitor=shown(monitor.label, [one.label for one in test.built_monitors]),
        kind=test.kind,
        system=dict(scene.system),
        labels=value.labels,
        simulated=scene.simulated,
        two_sided=getattr(value, "two_sided", False),
        audits=getattr(value, "audits", 0),
        fprs=test.fprs,
    )
