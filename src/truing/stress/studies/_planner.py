"""Planner of the systems of a study: their worlds, trainings, and answers to changed inputs."""

from __future__ import annotations

from collections.abc import Sequence

from truing.plants import StudyPlant
from truing.stress._monitor import Changed
from truing.stress._scene import Systems
from truing.stress.studies._changed import DRAWS, asked_source, changed_task
from truing.stress.studies._seat import StudySystem
from truing.students import HeadStudent, Student
from truing.studies import ChainPlanner, Step, World
from truing.studies.work import apply_step
from truing.supervisors import Supervisor, TrainedSupervisor, parse_supervisor
from truing.tasks import Source, Task


class SystemPlanner:
    """Plans the steps of planted supervisors and students, and of their honest twins.

    Args:
        home: the task without copies, and its vault.
        supervisor: the honest supervisor.
        student: the honest student.
        changes: changes of inputs about which the systems are asked too.
    """

    def __init__(
        self, home: Source, supervisor: Supervisor, student: Student, changes: Sequence[Changed]
    ):
        self.home, self.supervisor, self.student = home, supervisor, student
        self.changes = changes
        self.chain = ChainPlanner(home)
        self._worlds: dict[str, World] = {}
        self._chains: dict[tuple[str, float, int], ChainPlanner] = {}
        self._systems: dict[tuple[str, float, int], StudySystem] = {}
        self._changed_tasks: dict[tuple[str, Changed, int], Task] = {}

    def system(self, systems: Systems, seed: int) -> StudySystem:
        """The steps of one of some systems."""
        place = (systems.plant.label, systems.strength, seed)
        if place not in self._systems:
            self._systems[place] = self._plan_system(systems, seed)
        return self._systems[place]

    def _plan_system(self, systems: Systems, seed: int) -> StudySystem:
        plant, world = systems.plant.value, self.world(systems)
        home = self._home_chain(seed) if self.watches_labels(systems) else self.chain
        (weak,) = home.labels(self.supervisor, [seed])
        planted = None
        if not systems.honest:
            planted = labels = world.planted(systems.strength, seed, self.student, weak)
        elif plant.learns == "truth":
            labels = world.planted(0.0, seed, self.student, weak)  # changes no label
        else:
            labels = world.honest(weak)
        if self.watches_labels(systems):
            return StudySystem(labels, labels, planted)
        chain = self._chain(systems, seed)
        if systems.honest and plant.learns == "truth":
            (answers,) = chain.ceilings(self.student, 1, [seed])
        else:
            answers = chain.taught(labels, self.supervisor, self.student, chain.naive, seed)
        return StudySystem(answers, labels, planted)

    def model(self, systems: Systems, name: str, seed: int) -> Step:
        """Beliefs of a model that a monitor asked for; it is honest."""
        (step,) = self._chain(systems.twins(), 0).labels(parse_supervisor(name), [seed])
        return step

    def changed(self, systems: Systems, kind: Changed, seed: int) -> Sequence[Step]:
        """Beliefs of a system about changed inputs.

        A planted supervisor lies about the same items, by its beliefs about the changed inputs.
        """
        if not self.watches_labels(systems):
            answers, chain = self.system(systems, seed).answers, self._chain(systems, seed)
            return self._elsewhere(chain, answers, self.student, kind)
        chain, world = self._home_chain(seed), self.world(systems)
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

    def features(self, systems: Systems) -> Step:
        """The features of all items that a monitor sees."""
        return World.features(self._chain(systems.twins(), 0), self.student)

    def world(self, systems: Systems) -> World:
        """The items of some systems, with their splits and labels."""
        label = systems.plant.label
        if label not in self._worlds:
            self._worlds[label] = World(self.home, systems.plant)
        return self._worlds[label]

    def source(self, systems: Systems) -> Source:
        """All items of some systems, and their vault."""
        return self.world(systems).source(systems.strength)

    @staticmethod
    def watches_labels(systems: Systems) -> bool:
        """Whether labels of a supervisor are watched, and not answers of a student."""
        plant: StudyPlant = systems.plant.value
        return plant.corrupts == "supervisor"

    def _chain(self, systems: Systems, seed: int) -> ChainPlanner:
        """Planner of the students of some systems."""
        asked = seed if self._asks_by_seed(self.student) else 0
        place = (systems.plant.label, systems.strength, asked)
        if place not in self._chains:
            self._chains[place] = self._asking(self.source(systems), seed)
        return self._chains[place]

    def _home_chain(self, seed: int) -> ChainPlanner:
        """Planner of a watched supervisor."""
        place = ("", 0.0, seed if self._asks_by_seed(self.supervisor) else 0)
        if place not in self._chains:
            self._chains[place] = self._asking(self.home, seed)
        return self._chains[place]

    def _asks_by_seed(self, model: Student | Supervisor) -> bool:
        """Whether a training is asked about changed inputs, since its model is not stored."""
        return bool(self.changes) and _as_head(model) is None

    def _asking(self, source: Source, seed: int) -> ChainPlanner:
        """Planner of models that are asked about changed inputs too."""
        asked = source.splits(seed).scored
        others = []
        for kind in self.changes:
            for draw in range(DRAWS[kind]):
                place = (source.task.fingerprint, kind, draw)
                if place not in self._changed_tasks:
                    self._changed_tasks[place] = changed_task(source.task, kind, draw)
                others.append(asked_source(source, self._changed_tasks[place], asked))
        return ChainPlanner(source, others=tuple(others))


def _as_head(model: Student | Supervisor) -> HeadStudent | None:
    """The head that a student or a trained supervisor is; None for any other model."""
    student = model.student if isinstance(model, TrainedSupervisor) else model
    return student if isinstance(student, HeadStudent) else None
