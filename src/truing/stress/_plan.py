"""Plan of a stress test: the distinct steps, and the steps of its rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from truing.errors import UserError
from truing.given import GivenObject, shown
from truing.plants import PlantKind
from truing.registry import Built
from truing.stress._row import COMBINED, StressRow
from truing.stress._scene import Scene, Systems
from truing.stress._stress_test import StressTest
from truing.stress.methods import MethodScene
from truing.stress.protocols import ProtocolScene
from truing.stress.studies import StudyScene
from truing.stress.work import (
    REFERENCES,
    TWINS,
    Cell,
    DetectPayload,
    combine_step,
    cost_step,
    detect_step,
    pick_step,
    planted_role,
)
from truing.studies import Step, StepGraph, Store, objects_of

SCENES: dict[PlantKind, Callable[[StressTest], Scene]] = {
    "study": StudyScene,
    "protocol": ProtocolScene,
    "method": MethodScene,
}
"""For each kind of plant, what plans the steps of its systems."""


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
    scene = SCENES[test.kind](test)
    return StressPlan(tuple(_rows(test, scene)), test, scene)


def _rows(test: StressTest, scene: Scene) -> Iterator[Step]:
    """Steps of the rows: for each plant and strength a row per monitor, then their combination."""
    suspected = {
        number: [_suspected(test, scene, plant, one) for one in test.built_monitors]
        for number, plant in enumerate(test.built_plants)
    }
    if test.combine:
        combined = _combined(test, suspected)
        for number, several in suspected.items():
            roles = several[0]
            several.append({role: pick_step(combined, role, number) for role in roles})
    for number, plant in enumerate(test.built_plants):
        for at, strength in enumerate(test.strengths):
            planted = Systems(plant, strength, test.seed_numbers)
            outcomes = scene.outcome(planted), scene.outcome(planted.twins())
            cost = cost_step(*outcomes)
            for monitor, steps in zip_longest(test.built_monitors, suspected[number]):
                cell = Cell(
                    planted=steps[planted_role(at)],
                    twins=steps[TWINS],
                    references=steps[REFERENCES],
                    planted_outcome=outcomes[0],
                    twins_outcome=outcomes[1],
                    cost=cost,
                )
                yield detect_step(_payload(test, scene, planted, monitor), cell)


def _suspected(
    test: StressTest, scene: Scene, plant: Built[Any], monitor: Built[Any]
) -> dict[str, Step]:
    """What a monitor says about the systems of a plant, by role."""
    found = {}
    for at, strength in enumerate(test.strengths):
        planted = Systems(plant, strength, test.seed_numbers)
        found[planted_role(at)] = scene.suspect(monitor, planted)
    found[TWINS] = scene.suspect(monitor, planted.twins())
    found[REFERENCES] = scene.suspect(monitor, planted.references(test.reference_seeds))
    return found


def _combined(test: StressTest, suspected: Mapping[int, Sequence[Mapping[str, Step]]]) -> Step:
    """The step that combines all monitors.

    Raises:
        UserError: there is one plant, or one monitor, or too few systems.
    """
    families = [one.factory for one in test.built_plants]
    if len(set(families)) < 2 or len(test.built_monitors) < 2:
        raise UserError(
            f"combine needs 2 or more plants with different names and 2 or more monitors, got "
            f"{len(set(families))} and {len(test.built_monitors)}; the model that detects a plant "
            "is fitted on the other plants"
        )
    if len(test.seed_numbers) < 2 or test.references < 2:
        raise UserError(
            f"combine needs 2 or more seeds and 2 or more references, got {len(test.seed_numbers)} "
            f"and {test.references}; one half of them fits the model, the other half calibrates it"
        )
    plants = {
        str(number): {role: [one[role] for one in several] for role in several[0]}
        for number, several in suspected.items()
    }
    return combine_step(plants, families, list(test.two_sided.values()))


def _payload(
    test: StressTest, scene: Scene, planted: Systems, monitor: Built[Any] | None
) -> DetectPayload:
    """Names and settings of a row; those of the combination without a monitor."""
    values = [monitor.value] if monitor else [one.value for one in test.built_monitors]
    labels = [one.label for one in test.built_monitors]
    # Monitors share the trusted and the audited items.
    trusted, audits = (
        max(getattr(value, name, 0) for value in values) for name in ("trusted", "audits")
    )
    return DetectPayload(
        plant=shown(planted.plant.label, [one.label for one in test.built_plants]),
        strength=planted.strength,
        monitor=shown(monitor.label, labels) if monitor else COMBINED,
        kind=test.kind,
        system=dict(scene.system),
        labels=monitor.value.labels if monitor else trusted + audits,
        simulated=scene.simulated,
        two_sided=monitor is not None and getattr(monitor.value, "two_sided", False),
        audits=audits if monitor else 0,
        fprs=test.fprs,
    )
