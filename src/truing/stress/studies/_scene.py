"""Study scene: planted supervisors and students of a study, and their honest twins."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from truing.errors import DataError, UserError
from truing.given import shown
from truing.registry import Built
from truing.seeding import seeded
from truing.stress._monitor import StudyMonitor
from truing.stress._scene import Systems
from truing.stress._stress_test import StressTest
from truing.stress._task_scene import TaskScene
from truing.stress.studies._changed import changes_of
from truing.stress.studies._outcome import outcome_step
from truing.stress.studies._planner import SystemPlanner
from truing.stress.studies._seat import Seat
from truing.stress.studies._suspect import suspect_step
from truing.stress.studies._trusted import with_trusted
from truing.stress.work import check_budget
from truing.students import HeadStudent, parse_student
from truing.studies import Step, StepGraph
from truing.supervisors import parse_supervisor
from truing.tasks import JointTruth, load_task

FEWEST = 10  # smallest number of items that a student learns


class StudyScene(TaskScene):
    """Systems of a study: a supervisor's labels about the learn split, or a student's answers.

    The items of a system and of its twin are those of `truing.studies.World`. All steps of the
    twins and references of a plant without a trigger are those of a study.

    Args:
        test: a stress test of kind `study`.

    Raises:
        UserError: an unknown name, or trusted items that are watched.
    """

    def __init__(self, test: StressTest):
        self.supervisor, self.student = parse_supervisor(test.weak), parse_student(test.strong)
        most = max(one.value.trusted for one in test.built_monitors)
        home, self.division = with_trusted(load_task(test.task), test.trusted, most)
        super().__init__(test, home)
        kinds = [kind for one in test.built_monitors for kind in changes_of(one, self.home.task)]
        changes = tuple(dict.fromkeys(kinds))
        self.planner = SystemPlanner(self.home, self.supervisor, self.student, changes)
        self._seats: dict[tuple[str, float, int], Seat] = {}
        self._outcomes: dict[Any, Step] = {}

    @property
    def simulated(self) -> bool:
        """Whether the supervisor is a simulation."""
        return self.supervisor.simulated

    def outcome(self, systems: Systems) -> Step:
        """See `Scene.outcome`."""
        if systems.key not in self._outcomes:
            seats = [self._seat(systems, seed, 0, 0) for seed in systems.seeds]
            found = [self.planner.system(systems, seed) for seed in systems.seeds]
            self._outcomes[systems.key] = outcome_step(self.planner.source(systems), seats, found)
        return self._outcomes[systems.key]

    def _suspect(self, monitor: Built[StudyMonitor], systems: Systems) -> Step:
        value, planner = monitor.value, self.planner
        seats = [self._seat(systems, seed, value.trusted, value.audits) for seed in systems.seeds]
        check_budget(monitor, "trusted", len(seats[0].trusted), "trusted items")
        check_budget(monitor, "audits", len(seats[0].audited), "watched items")
        heads = isinstance(self.student, HeadStudent) and not planner.watches_labels(systems)
        if value.needs_head and not heads:
            what = "a supervisor" if planner.watches_labels(systems) else shown(self.test.strong)
            raise UserError(
                f"monitor {shown(monitor.label)!r} reads the weights of a head, but the watched "
                f"system is {what}; leave out the monitor, or watch a head such as pca-16"
            )
        for name in value.models:
            self._check_model(monitor, name, planner.model(systems, name, systems.seeds[0]))
        kinds = changes_of(monitor, self.home.task)
        found = [
            replace(
                planner.system(systems, seed),
                models={name: planner.model(systems, name, seed) for name in value.models},
                changed={kind: planner.changed(systems, kind, seed) for kind in kinds},
            )
            for seed in systems.seeds
        ]
        features = planner.features(systems)
        return suspect_step(planner.source(systems), monitor, seats, found, features, heads)

    def _seat(self, systems: Systems, seed: int, trusted: int, audits: int) -> Seat:
        """Which items of a system a monitor sees: the first of all trusted and audited items."""
        place = (systems.plant.label, systems.strength, seed)
        if place not in self._seats:
            self._seats[place] = self._whole_seat(systems, seed)
        whole = self._seats[place]
        return replace(whole, trusted=whole.trusted[:trusted], audited=whole.audited[:audits])

    def _whole_seat(self, systems: Systems, seed: int) -> Seat:
        """The items of a system, of which all trusted items are known, and all are audited."""
        world, count = self.planner.world(systems), len(self.home.task)
        watched = world.watched(seed)
        watched = watched[~self.home.vault.unanswerable[watched % count]]
        learned = world.source(systems.strength).splits(seed).learn
        if len(learned) < FEWEST:
            raise DataError(
                f"{self.home.task.name}: the student would learn {len(learned)} items, and needs "
                f"{FEWEST}; trust fewer items"
            )
        order = seeded(f"audited {self.home.task.fingerprint} {seed}").permutation(len(watched))
        return Seat(seed, watched, learned, self.division.trusted(seed), order)

    def _check_model(self, monitor: Built[StudyMonitor], name: str, model: Step) -> None:
        """Raise UserError if a model reads ground truth of items outside the supervise split."""
        for step in StepGraph((model,)).steps.values():
            asked = step.truth.parts if isinstance(step.truth, JointTruth) else (step.truth,)
            if any(one is not None and one.purpose != "supervise" for one in asked):
                raise UserError(
                    f"monitor {shown(monitor.label)!r}: the model {shown(name)!r} reads the ground "
                    "truth of watched items; a monitor sees supervisors that learn from the "
                    "supervise split alone, such as pca-4"
                )
