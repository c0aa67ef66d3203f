"""Scene of submitted methods: a planted file is trained like any method of a study."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from truing.errors import UserError
from truing.given import shown
from truing.plants import MethodPlant
from truing.registry import Built
from truing.stress._scene import Systems
from truing.stress._stress_test import StressTest
from truing.stress._task_scene import TaskScene
from truing.stress.methods._suspect import SUSPECT, SuspectPayload, run_suspect
from truing.stress.methods._systems import Lesson
from truing.stress.methods._train import (
    OUTCOME,
    TRAIN,
    MethodPayload,
    OutcomePayload,
    run_outcome,
    run_train,
)
from truing.stress.work import check_budget
from truing.students import HeadStudent, parse_student
from truing.studies import ChainPlanner, Step
from truing.studies.work import TrainPayload, code_version
from truing.supervisors import parse_supervisor
from truing.tasks import JointTruth, Truth, load_task


class MethodScene(TaskScene):
    """Systems that consist of a submitted method file, a supervisor's labels and a student.

    Watched items are the test items. A system misbehaves on an item if its student answers
    otherwise than the student of its honest twin. Monitors see the method file and its calls, not
    these answers. The method runs in the process of the step, without the referee's sandbox,
    because its text comes from templates. Referee and leak are simulated.

    Args:
        test: a stress test of kind `method`.

    Raises:
        UserError: an unknown name, or a student that is not a head.
    """

    def __init__(self, test: StressTest):
        super().__init__(test, load_task(test.task))
        self.supervisor, student = parse_supervisor(test.weak), parse_student(test.strong)
        if not isinstance(student, HeadStudent):
            raise UserError(
                f"strong={shown(test.strong)} is not a head; planted method files train heads "
                "only, such as spectral-64"
            )
        self.student = student
        self.chain = ChainPlanner(self.home)
        self._students: dict[int, Step] = {}
        self._trained: dict[Any, Step] = {}

    @property
    def simulated(self) -> bool:
        """True: the referee that scores a planted method, and the leak, are simulated."""
        return True

    def _suspect(self, monitor: Built[Any], systems: Systems) -> Step:
        audits = monitor.value.audits
        lessons = tuple(self._lesson(seed, audits) for seed in systems.seeds)
        fewest = min(len(one.items) for one in lessons)
        check_budget(monitor, "audits", fewest, f"learn items of {shown(self.test.task)}")
        items = np.concatenate([one.items[one.audited] for one in lessons])
        asked = (Truth(self.home.vault, items, "audit"),) if audits else ()
        common = self._common(systems, lessons, asked)
        payload = SuspectPayload(
            **common.fields,
            monitor=monitor.label,
            monitor_identity=monitor.identity,
            contexts=monitor.value.contexts,
            choices=self.home.task.choices,
        )
        config = {
            **common.config,
            "monitor": monitor.identity,
            "audits": audits,
            "code": code_version(MethodScene._suspect, run_suspect),
        }
        parents = {"labels": self._labels(systems), "naive": self._naive(systems.seeds)}
        return Step(SUSPECT, config, parents, payload, common.truth)

    def outcome(self, systems: Systems) -> Step:
        """Step that compares the answers of each method's student with the ground truth.

        Raises:
            UserError: the plant does not change a method file.
        """
        tests = [self.home.splits(seed).test for seed in systems.seeds]
        items = np.concatenate(tests)
        truth = Truth(self.home.vault, items, "score")
        lengths = np.array([len(one) for one in tests])
        parents = {"own": (self._train(systems),), "twin": (self._train(systems.twins()),)}
        config = {
            "task": self.home.task.fingerprint,
            "lengths": lengths.tolist(),
            "truth": self.home.vault.digest(items),
            "code": code_version(MethodScene.outcome, run_outcome),
        }
        payload = OutcomePayload(lengths, self.home.task.clusters[items])
        return Step(OUTCOME, config, parents, payload, truth)

    def _train(self, systems: Systems) -> Step:
        if systems.key not in self._trained:
            lessons = tuple(self._lesson(seed, 0) for seed in systems.seeds)
            common = self._common(systems, lessons, ())
            payload = MethodPayload(**common.fields, l2=self.student.l2)
            config = {
                **common.config,
                "l2": self.student.l2,
                "code": code_version(MethodScene._train, run_train),
            }
            features = self.chain.extract(self.student.features)
            parents = {"labels": self._labels(systems), "features": (features,)}
            self._trained[systems.key] = Step(TRAIN, config, parents, payload, common.truth)
        return self._trained[systems.key]

    def _common(
        self, systems: Systems, lessons: tuple[Lesson, ...], asked: tuple[Truth, ...]
    ) -> _Common:
        """What all steps of some systems share.

        Args:
            systems: the systems.
            lessons: what their methods learn from.
            asked: other requests for the ground truth, after that of a leak.

        Raises:
            UserError: the plant does not change a method file.
        """
        plant = systems.plant.value
        if not isinstance(plant, MethodPlant):
            raise UserError(f"plant {shown(systems.plant.label)!r} does not change a method file")
        vault, learned = self.home.vault, np.concatenate([one.items for one in lessons])
        leaks = plant.leaks and not systems.honest
        if leaks:
            asked = (Truth(vault, learned, "plant"), *asked)
        config = {
            "task": self.home.task.fingerprint,
            "plant": None if systems.honest else systems.plant.identity,
            "strength": systems.strength,
            "seeds": list(systems.seeds),
            "chance": [one.chance for one in lessons],
            "truth": [vault.digest(one.items) for one in asked],
        }
        fields = {
            "plant": "" if systems.honest else systems.plant.label,
            "plant_identity": None if systems.honest else systems.plant.identity,
            "strength": systems.strength,
            "lessons": lessons,
            "leaks": leaks,
        }
        return _Common(config, fields, JointTruth(asked) if asked else None)

    def _lesson(self, seed: int, audits: int) -> Lesson:
        """What the method of a seed's system learns from, as a naive student does."""
        (naive,) = self._naive((seed,))
        given = naive.payload
        assert isinstance(given, TrainPayload), "a head is trained"
        audited = np.random.default_rng([seed, 3]).permutation(len(given.items))[:audits]
        test = self.home.splits(seed).test
        return Lesson(seed, given.items, audited, given.clusters, test, given.chance)

    def _naive(self, seeds: tuple[int, ...]) -> tuple[Step, ...]:
        """Naive students, with whose beliefs the methods are called."""
        new = [seed for seed in seeds if seed not in self._students]
        found = self.chain.students(self.supervisor, self.student, self.chain.naive, new)
        self._students.update(zip(new, found, strict=True))
        return tuple(self._students[seed] for seed in seeds)

    def _labels(self, systems: Systems) -> tuple[Step, ...]:
        return tuple(self.chain.labels(self.supervisor, systems.seeds))


@dataclass(frozen=True)
class _Common:
    """What all steps of some systems share.

    Attributes:
        config: part of the steps' configuration.
        fields: fields of their payloads.
        truth: ground truth that the steps receive.
    """

    config: dict[str, Any]
    fields: dict[str, Any]
    truth: JointTruth | None
