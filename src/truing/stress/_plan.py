"""Plan of a stress test: the distinct steps, and the steps of its rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from truing.stress._scene import Scene, Systems
from truing.stress._scenes import make_scene
from truing.stress._stress_test import StressTest
from truing.stress.work import Cell, detect_step
from truing.studies import Step, StepGraph


@dataclass(frozen=True)
class StressPlan(StepGraph):
    """Steps of a stress test; the wanted steps are those of its rows, in their order.

    Attributes:
        test: the stress test.
        scene: plans the steps of its systems.
    """

    test: StressTest
    scene: Scene


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
        for monitor in test.built_monitors:
            cell = Cell(
                planted=scene.suspect(monitor, planted),
                twins=scene.suspect(monitor, twins),
                references=scene.suspect(monitor, references),
                planted_outcome=scene.outcome(planted),
                twins_outcome=scene.outcome(twins),
            )
            yield detect_step(test, scene, planted, monitor, cell)
