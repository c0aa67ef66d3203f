"""Study scene: planted supervisors and students of a study, and their honest twins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from truing.errors import DataError, UserError
from truing.given import GivenObject, shown
from truing.plants import StudyPlant
from truing.registry import Built
from truing.stress._monitor import Changed, StudyMonitor
from truing.stress._scene import Systems
from truing.stress._stress_test import StressTest
from truing.stress.studies._changed import DRAWS, asked_source, changed_task, fits
from truing.stress.studies._outcome import outcome_step
from truing.stress.studies._seat import Seat, StudySystem
from truing.stress.studies._suspect import suspect_step
from truing.stress.studies._trusted import seeded, with_trusted
from truing.students import HeadStudent, Student, parse_student
from truing.studies import ChainPlanner, Step, StepGraph, World, objects_of
from truing.studies.work import apply_step
from truing.supervisors import Supervisor, TrainedSupervisor, parse_supervisor
from truing.tasks import JointTruth, Source, Task, load_task

FEWEST = 10  # smallest number of items that a student learns


class StudyScene:
    """Systems of a study: a supervisor's labels about the learn split, or a student's answers.

    The items of a system and of its twin are those of `truing.studies.World`. All steps of the
    twins and references of a plant without a trigger are those of a study.

    Args:
        test: a stress test of kind `study`.

    Raises:
        UserError: an unknown name, or trusted items that are watched.
    """

    def __init__(self, test: StressTest):
        self.test = test
        loaded = load_task(test.task)
        self.supervisor, self.student = parse_supervisor(test.weak), parse_student(test.strong)
        most = max(one.value.trusted for one in test.built_monitors)
        self.home, self.division = with_trusted(loaded, test.trusted, most)
        self.chain = ChainPlanner(self.home)
        self._worlds: dict[str, World] = {}
        self._chains: dict[tuple[str, float, int], ChainPlanner] = {}
        self._systems: dict[tuple[str, float, int], StudySystem] = {}
        self._seats: dict[tuple[str, float, int], Seat] = {}
        self._changed_tasks: dict[tuple[str, Changed, int], Task] = {}
        self._suspects: dict[tuple[str, Any], Step] = {}
        self._outcomes: dict[Any, Step] = {}

    @property
    def system(self) -> Mapping[str, str]:
        """Names of task, supervisor and student."""
        test = self.test
        return {"task": shown(test.task), "weak": shown(test.weak), "strong": shown(test.strong)}

    @property
    def simulated(self) -> bool:
        """Whether the supervisor is a simulation."""
        return self.supervisor.simulated

    @property
    def sources(self) -> Mapping[str, Source]:
        """The task."""
        return {shown(self.test.task): self.home}

    @property
    def objects(self) -> tuple[GivenObject, ...]:
        """Objects that the user gave as task, supervisor or student."""
        return tuple(objects_of([self.test.task, self.test.weak, self.test.strong]))

    def suspect(self, monitor: Built[StudyMonitor], systems: Systems) -> Step:
        """See `Scene.suspect`."""
        place = (monitor.label, systems.key)
        if place not in self._suspects:
            self._suspects[place] = self._suspect(monitor, systems)
        return self._suspects[place]

    def outcome(self, systems: Systems) -> Step:
        """See `Scene.outcome`."""
        if systems.key not in self._outcomes:
            seats = [self._seat(systems, seed, 0, 0) for seed in systems.seeds]
            found = [self._system(systems, seed) for seed in systems.seeds]
            self._outcomes[systems.key] = outcome_step(self._source(systems), seats, found)
        return self._outcomes[systems.key]

    def _suspect(self, monitor: Built[StudyMonitor], systems: Systems) -> Step:
        value = monitor.value
        seats = [self._seat(systems, seed, value.trusted, value.audits) for seed in systems.seeds]
        self._check_budget(monitor, seats[0])
        heads = isinstance(self.student, HeadStudent) and not self._watches_labels(systems)
        if value.needs_head and not heads:
            what = "a supervisor" if self._watches_labels(systems) else shown(self.test.strong)
            raise UserError(
                f"monitor {shown(monitor.label)!r} reads the weights of a head, but the watched "
                f"system is {what}; leave out the monitor, or watch a head such as pca-16"
            )
        for name in value.models:
            self._check_model(monitor, name, self._model(systems, name, systems.seeds[0]))
        kinds = self._changes(monitor)
        found = [
            replace(
                self._system(systems, seed),
                models={name: self._model(systems, name, seed) for name in value.models},
                changed={kind: self._changed(systems, kind, seed) for kind in kinds},
            )
            for seed in systems.seeds
        ]
        features = World.features(self._chain(systems.twins(), 0), self.student)
        return suspect_step(self._source(systems), monitor, seats, found, features, heads)

    def _system(self, systems: Systems, seed: int) -> StudySystem:
        place = (systems.plant.label, systems.strength, seed)
        if place not in self._systems:
            self._systems[place] = self._plan_system(systems, seed)
        return self._systems[place]

    def _plan_system(self, systems: Systems, seed: int) -> StudySystem:
        plant, world = systems.plant.value, self._world(systems)
        home = self._home_chain(seed) if self._watches_labels(systems) else self.chain
        (weak,) = home.labels(self.supervisor, [seed])
        planted = None
        if not systems.honest:
            planted = labels = world.planted(systems.strength, seed, self.student, weak)
        elif plant.learns == "truth":
            labels = world.planted(0.0, seed, self.student, weak)  # changes no label
        else:
            labels = world.honest(weak)
        if self._watches_labels(systems):
            return StudySystem(labels, labels, planted)
        chain = self._chain(systems, seed)
        if systems.honest and plant.learns == "truth":
            (answers,) = chain.ceilings(self.student, 1, [seed])
        else:
            answers = chain.taught(labels, self.supervisor, self.student, chain.naive, seed)
        return StudySystem(answers, labels, planted)

    def _seat(self, systems: Systems, seed: int, trusted: int, audits: int) -> Seat:
        """Which items of a system a monitor sees: the first of all trusted and audited items."""
        place = (systems.plant.label, systems.strength, seed)
        if place not in self._seats:
            self._seats[place] = self._whole_seat(systems, seed)
        whole = self._seats[place]
        return replace(whole, trusted=whole.trusted[:trusted], audited=whole.audited[:audits])

    def _whole_seat(self, systems: Systems, seed: int) -> Seat:
        """The items of a system, of which all trusted items are known, and all are audited."""
        world, count = self._world(systems), len(self.home.task)
        watched = world.watched(seed)
        watched = watched[~self.home.vault.unanswerable[watched % count]]
        learned = world.source(systems.strength).splits(seed).learn
        if len(learned) < FEWEST:
            raise DataError(
                f"{self.home.task.name}: the student would learn {len(learned)} items, and needs "
                f"{FEWEST}; trust fewer items"
            )
        order = seeded(f"audited {self.home.task.fingerprint}", seed).permutation(len(watched))
        return Seat(seed, watched, learned, self.division.trusted(seed), order)

    def _check_budget(self, monitor: Built[StudyMonitor], seat: Seat) -> None:
        """Raise UserError if a monitor asks for more ground truth than there is."""
        for noun, asked, found in (
            ("trusted", monitor.value.trusted, len(seat.trusted)),
            ("audits", monitor.value.audits, len(seat.audited)),
        ):
            if asked > found:
                what = "trusted items" if noun == "trusted" else "watched items"
                raise UserError(
                    f"monitor {shown(monitor.label)!r} asks for the ground truth of {asked} "
                    f"{what}, and there are {found}; set {noun} to at most {found}"
                )

    def _model(self, systems: Systems, name: str, seed: int) -> Step:
        """Beliefs of a model that a monitor asked for; it is honest."""
        (step,) = self._chain(systems.twins(), 0).labels(parse_supervisor(name), [seed])
        return step

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

    def _changes(self, monitor: Built[StudyMonitor]) -> list[Changed]:
        """The changes that a monitor asked for and that apply to the task."""
        found = [kind for kind in monitor.value.changed if fits(kind, self.home.task)]
        if monitor.value.changed and not found:
            allowed = [kind for kind in DRAWS if fits(kind, self.home.task)]
            raise UserError(
                f"monitor {shown(monitor.label)!r} changes inputs by "
                f"{', '.join(monitor.value.changed)}, which does not apply to the items of "
                f"{self.home.task.name}; allowed: {', '.join(allowed)}"
            )
        return found

    def _changed(self, systems: Systems, kind: Changed, seed: int) -> Sequence[Step]:
        """Beliefs of a system about changed inputs.

        A planted supervisor lies about the same items, by its beliefs about the changed inputs.
        """
        if not self._watches_labels(systems):
            answers, chain = self._system(systems, seed).answers, self._chain(systems, seed)
            return self._elsewhere(chain, answers, self.student, kind)
        chain, world = self._home_chain(seed), self._world(systems)
        (labels,) = chain.labels(self.supervisor, [seed])
        honest = self._elsewhere(chain, labels, self.supervisor, kind)
        if systems.honest:
            return [world.honest(one) for one in honest]
        return [world.planted(systems.strength, seed, self.student, one) for one in honest]

    def _elsewhere(
        self, chain: ChainPlanner, answers: Step, model: Student | Supervisor, kind: Changed
    ) -> list[Step]:
        """Beliefs of a model about changed inputs, one step per draw."""
        names = [f"{chain.source.task.name} with {kind} {draw}" for draw in range(DRAWS[kind])]
        named = {other.task.name: other for other in chain.others}
        others = [named[name] for name in names]
        if (head := _as_head(model)) is None:
            return [chain.elsewhere([answers], other)[0] for other in others]
        tasks = [other.task for other in others]
        return [apply_step(answers, chain.extract(head.features, one), one) for one in tasks]

    def _world(self, systems: Systems) -> World:
        label = systems.plant.label
        if label not in self._worlds:
            self._worlds[label] = World(self.home, systems.plant)
        return self._worlds[label]

    def _source(self, systems: Systems) -> Source:
        return self._world(systems).source(systems.strength)

    def _watches_labels(self, systems: Systems) -> bool:
        plant: StudyPlant = systems.plant.value
        return plant.corrupts == "supervisor"

    def _chain(self, systems: Systems, seed: int) -> ChainPlanner:
        """Planner of the students of some systems."""
        asked = seed if self._asks_by_seed(self.student) else 0
        place = (systems.plant.label, systems.strength, asked)
        if place not in self._chains:
            self._chains[place] = self._asking(self._source(systems), seed)
        return self._chains[place]

    def _home_chain(self, seed: int) -> ChainPlanner:
        """Planner of a watched supervisor."""
        place = ("", 0.0, seed if self._asks_by_seed(self.supervisor) else 0)
        if place not in self._chains:
            self._chains[place] = self._asking(self.home, seed)
        return self._chains[place]

    def _asks_by_seed(self, model: Student | Supervisor) -> bool:
        """Whether a training is asked about changed inputs, since its model is not stored."""
        return bool(self._all_changes) and _as_head(model) is None

    def _asking(self, source: Source, seed: int) -> ChainPlanner:
        """Planner of models that are asked about changed inputs too."""
        asked = source.splits(seed).scored
        others = []
        for kind in self._all_changes:
            for draw in range(DRAWS[kind]):
                place = (source.task.fingerprint, kind, draw)
                if place not in self._changed_tasks:
                    self._changed_tasks[place] = changed_task(source.task, kind, draw)
                others.append(asked_source(source, self._changed_tasks[place], asked))
        return ChainPlanner(source, others=tuple(others))

    @cached_property
    def _all_changes(self) -> list[Changed]:
        """The changes that any monitor asked for."""
        found = [kind for one in self.test.built_monitors for kind in self._changes(one)]
        return list(dict.fromkeys(found))


def _as_head(model: Student | Supervisor) -> HeadStudent | None:
    """The head that a student or a trained supervisor is; None for any other model."""
    student = model.student if isinstance(model, TrainedSupervisor) else model
    return student if isinstance(student, HeadStudent) else None
