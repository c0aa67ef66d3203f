"""Trainings: what makes a method's students on one task, and nothing that a score needs.

The steps are a study's; ceilings, scores and comparisons are left out, since a referee compares
with naive training alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from truing.errors import DataError, MethodError
from truing.methods import METHODS, Method
from truing.registry import Built
from truing.research.isolation import Lesson
from truing.students import Student, parse_student
from truing.studies import LocalEngine, Step, Store, complete
from truing.studies.work import label_step, seen_step, train_step
from truing.supervisors import parse_supervisor
from truing.tasks import Source


@dataclass
class Trainings:
    """Students of one supervisor on one task, trained by any method.

    Attributes:
        source: the task and its vault.
        weak, strong: supervisor and student, as they are named.
        store: what was computed before.
    """

    source: Source
    weak: str
    strong: str
    store: Store
    _steps: dict[tuple[str, int], Step] = field(default_factory=dict)

    @cached_property
    def naive(self) -> Built[Method]:
        """The baseline, with which the rungs of a chain are trained too."""
        return METHODS.build("naive")

    def steps(self, method: Built[Method], seeds: Sequence[int]) -> list[Step]:
        """The training of each seed's student."""
        return [self._once(method, seed) for seed in seeds]

    def complete(self, steps: Sequence[Step]) -> None:
        """Train what the store lacks, in this process: a submission is too little for others."""
        complete(_Wanted(tuple(steps)), self.store, LocalEngine(1))

    def beliefs(self, steps: Sequence[Step], items: np.ndarray) -> np.ndarray:
        """(S, n, k) of trained students about some items."""
        return np.stack([self.store.read(step.key)["beliefs"][items] for step in steps])

    def trained(self, method: Built[Method], seeds: Sequence[int]) -> np.ndarray:
        """(S, N, k) of a method's students about all items.

        Raises:
            MethodError: a rung that the method names cannot be trained on the task.
        """
        steps = self.steps(method, seeds)
        try:
            self.complete(steps)
        except DataError as error:
            raise MethodError(str(error)) from None
        return self.beliefs(steps, np.arange(len(self.source.task)))

    def lessons(self, steps: Sequence[Step]) -> tuple[np.ndarray, list[Lesson]]:
        """Features of all items, and what each step's head learns from."""
        features = self.store.read(steps[0].parents["features"][0].key)["features"]
        made = []
        for step in steps:
            held = step.payload
            labels = self.store.read(step.parents["labels"][0].key)["beliefs"][held["items"]]
            lesson = (held["items"], labels, held["clusters"], held["penalty"], held["chance"])
            made.append(Lesson(*lesson))
        return features, made

    @property
    def heads(self) -> bool:
        """Whether students are heads on fixed features, and not transformers."""
        return self._student.transformer is None

    def _once(self, method: Built[Method], seed: int) -> Step:
        """Steps of the baseline are kept: every submission is compared with them."""
        if method.label != self.naive.label:
            return self._train(method, seed)
        place = (method.label, seed)
        if place not in self._steps:
            self._steps[place] = self._train(method, seed)
        return self._steps[place]

    def _train(self, method: Built[Method], seed: int) -> Step:
        labels = self._labels(seed)
        rungs = method.value.rungs
        for rung in rungs(self._supervisor.label, self._student.label) if rungs else ():
            below = parse_student(rung)
            seen = self._features(below, self.naive)
            labels = train_step(self.source, below, self.naive, seed, seen, labels)
        seen = self._features(self._student, method)
        return train_step(self.source, self._student, method, seed, seen, labels, sealed=True)

    def _labels(self, seed: int) -> Step:
        place = ("labels", seed)
        if place not in self._steps:
            weak = self._supervisor
            features = self._features(weak.student) if weak.student else None
            self._steps[place] = label_step(self.source, weak, seed, features)
        return self._steps[place]

    def _features(self, student: Student, method: Built[Method] | None = None) -> Step | None:
        if student.transformer is not None:
            return seen_step(self.source.task, student, method)
        place = (student.features.label, -1)
        if place not in self._steps:
            self._steps[place] = seen_step(self.source.task, student)
        return self._steps[place]

    @cached_property
    def _student(self) -> Student:
        return parse_student(self.strong)

    @cached_property
    def _supervisor(self):
        return parse_supervisor(self.weak)


@dataclass(frozen=True)
class _Wanted:
    """Steps with all that they stand on, as `complete` asks for a plan."""

    steps: tuple[Step, ...]

    def missing(self, store: Store) -> dict[str, Step]:
        """Steps to run by key, parents first."""
        found: dict[str, Step] = {}
        _collect((step for step in self.steps if not store.intact(step.key)), found, store)
        return found


def _collect(steps: Iterable[Step], found: dict[str, Step], store: Store) -> None:
    for step in steps:
        if step.key not in found:
            above = (one for parents in step.parents.values() for one in parents)
            _collect((one for one in above if one.key not in store), found, store)
            found[step.key] = step
