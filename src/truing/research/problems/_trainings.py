"""Trainings: train a method's students on one task, without scoring them.

The steps are the same as in a study. Ceilings, scores and comparisons are left out, because a
referee compares only with naive training.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from truing.errors import DataError, MethodError
from truing.methods import Method
from truing.registry import Built
from truing.research.folders import Labeled
from truing.research.isolation import Lesson
from truing.students import HeadStudent, Student, parse_student
from truing.students.features import FeatureMap
from truing.studies import ChainPlanner, Engine, Step, StepGraph, Store, complete
from truing.studies.work import TrainPayload, read_features
from truing.supervisors import Supervisor, parse_supervisor
from truing.tasks import Source


@dataclass
class Trainings:
    """Students of one supervisor on one task, trained with any method.

    Attributes:
        source: the task and its vault.
        weak, strong: specifications of supervisor and student.
        store: cache of earlier results.
        engine: runs the trainings.
    """

    source: Source
    weak: str
    strong: str
    store: Store
    engine: Engine
    _naive: dict[int, Step] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)  # training uses all cores

    def check_names(self) -> None:
        """Raise UserError if the supervisor or the student is unknown or has wrong arguments."""
        _ = self._supervisor, self._student

    @property
    def naive(self) -> Built[Method]:
        """The baseline, which also trains the intermediate students of a chain."""
        return self._chain.naive

    def steps(self, method: Built[Method], seeds: Sequence[int]) -> list[Step]:
        """The training step of each seed's student.

        Steps of the baseline are cached, because every submission is compared with them.
        """
        if method.label != self.naive.label:
            return self._plan(method, seeds)
        new = [seed for seed in seeds if seed not in self._naive]
        self._naive |= zip(new, self._plan(method, new), strict=True)
        return [self._naive[seed] for seed in seeds]

    def complete(self, steps: Sequence[Step]) -> None:
        """Run the steps whose results are not in the store."""
        with self._lock:
            complete(StepGraph(tuple(steps)), self.store, self.engine)

    def beliefs(self, steps: Sequence[Step], items: np.ndarray) -> np.ndarray:
        """Beliefs (S, n, k) of trained students about some items."""
        return np.stack([self.store.read(step.key)["beliefs"][items] for step in steps])

    def trained(self, method: Built[Method], seeds: Sequence[int]) -> np.ndarray:
        """Beliefs (S, N, k) of a method's students about all items.

        Raises:
            MethodError: an intermediate student of the method cannot be trained on the task.
        """
        steps = self.steps(method, seeds)
        try:
            self.complete(steps)
        except DataError as error:
            raise MethodError(str(error)) from None
        return self.beliefs(steps, np.arange(len(self.source.task)))

    def labeled(self, seeds: Sequence[int]) -> list[Labeled]:
        """The learning items of each seed, with the supervisor's labels."""
        steps = self._chain.labels(self._supervisor, seeds)
        self.complete(steps)
        found = []
        for seed, step in zip(seeds, steps, strict=True):
            items = self.source.splits(seed).learn
            found.append(Labeled(items, self.store.read(step.key)["beliefs"][items]))
        return found

    def features(self, seeds: Sequence[int]) -> np.ndarray | None:
        """Features of all items on which the baseline is trained; None if it has no features."""
        steps = self.steps(self.naive, seeds)
        self.complete(steps)
        parents = steps[0].parents.get("features", ())
        return read_features(self.store, parents[0].key) if parents else None

    def lessons(self, steps: Sequence[Step]) -> tuple[np.ndarray, list[Lesson]]:
        """Features of all items, and the training data of each step's head."""
        features = read_features(self.store, steps[0].parents["features"][0].key)
        return features, [self._lesson(step) for step in steps]

    def extracted(self, maps: Sequence[Built[FeatureMap]]) -> list[np.ndarray]:
        """Features of all items by each map, extracted together if they are not in the store."""
        steps = [self._chain.extract(one) for one in maps]
        self.complete(steps)
        return [read_features(self.store, step.key) for step in steps]

    def taught(self, student: HeadStudent, seeds: Sequence[int]) -> list[Lesson]:
        """The data of a student's naive training with each seed, without that training."""
        steps = self._chain.students(self._supervisor, student, self.naive, seeds)
        self.complete([step.parents["labels"][0] for step in steps])
        return [self._lesson(step) for step in steps]

    @property
    def heads(self) -> bool:
        """Whether students are heads on fixed features, not transformers."""
        return isinstance(self._student, HeadStudent)

    def _lesson(self, step: Step) -> Lesson:
        head = step.payload
        assert isinstance(head, TrainPayload), "submitted files and pipelines train heads only"
        labels = self.store.read(step.parents["labels"][0].key)["beliefs"][head.items]
        return Lesson(head.items, labels, head.clusters, head.l2, head.chance)

    def _plan(self, method: Built[Method], seeds: Sequence[int]) -> list[Step]:
        return self._chain.students(self._supervisor, self._student, method, seeds)

    @cached_property
    def _chain(self) -> ChainPlanner:
        return ChainPlanner(self.source, sealed=True)

    @cached_property
    def _student(self) -> Student:
        return parse_student(self.strong)

    @cached_property
    def _supervisor(self) -> Supervisor:
        return parse_supervisor(self.weak)
