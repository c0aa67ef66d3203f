"""Plan: every distinct step of a study, once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from truing.errors import UserError
from truing.methods import METHODS, Control, Method
from truing.registry import Built
from truing.students import Student, parse_student
from truing.studies._step import Step
from truing.studies._store import Store
from truing.studies._study import Study
from truing.studies.work import (
    compare_step,
    diagnose_step,
    label_step,
    score_step,
    seen_step,
    train_step,
)
from truing.supervisors import Supervisor, parse_supervisor
from truing.tasks import Source, load_task

Named = TypeVar("Named", Supervisor, Student, Built)
ROLES = ("supervisor", "student", "ceiling")
TRAININGS = tuple(f"{how} {role}" for how in ("train", "finetune") for role in ROLES)


@dataclass(frozen=True)
class HelpSteps:
    """A helped judge and its student, each compared with those of the same judge unaided."""

    unaided: str
    supervisor: Step
    student: Step


@dataclass(frozen=True)
class Line:
    """One row of the result before it is computed: its names, and the steps that make it."""

    task: str
    weak: str
    strong: str
    method: str
    regime: str
    simulated: bool
    control: Control | None
    score: Step
    compare: Step | None
    diagnose: Step | None
    help: HelpSteps | None

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps whose results the row shows."""
        helped = (self.help.supervisor, self.help.student) if self.help else ()
        return tuple(step for step in (self.score, self.compare, self.diagnose, *helped) if step)


@dataclass(frozen=True)
class Plan:
    """A study, worked out.

    Attributes:
        lines: the rows, in the order of the study's grid.
        sources: the tasks by name.
    """

    lines: tuple[Line, ...]
    sources: dict[str, Source]

    @cached_property
    def steps(self) -> dict[str, Step]:
        """Every distinct step by its key, parents before children."""
        found: dict[str, Step] = {}
        for line in self.lines:
            for step in line.steps:
                _collect(step, found)
        return found

    def missing(self, store: Store) -> dict[str, Step]:
        """Steps to run by key, parents first: those not stored whose result something still needs.

        What the rows show is read and so checked; what they were made from is checked when used.
        """
        needed: dict[str, Step] = {}
        for line in self.lines:
            for step in line.steps:
                if not store.intact(step.key):
                    _collect(step, needed, lambda one: one.key in store)
        return needed

    def count(self, steps: Iterable[Step]) -> dict[str, int]:
        """How many of some steps are trainings and extractions."""
        kinds = [step.kind for step in steps]
        trainings = sum(kinds.count(kind) for kind in TRAININGS)
        return {"trainings": trainings, "extractions": kinds.count("extract")}


def make_plan(study: Study) -> Plan:
    """Work out a study.

    Raises:
        UserError: a name that is not known, or data that is not what it must be.
    """
    return Plan(*_Planner(study).plan())


def _distinct(named: Iterable[Named]) -> list[Named]:
    """One of each label, in their order: what is spelled in two ways is done once."""
    return list({one.label: one for one in named}.values())


def _collect(step: Step, found: dict[str, Step], skip=lambda step: False) -> None:
    """Add a step after its parents, unless it is there or may be skipped."""
    if step.key in found or skip(step):
        return
    for parents in step.parents.values():
        for parent in parents:
            _collect(parent, found, skip)
    found[step.key] = step


@dataclass
class _Planner:
    """Builds the steps of one study; equal steps are one object."""

    study: Study
    steps: dict[str, Step] = field(default_factory=dict)

    def plan(self) -> tuple[tuple[Line, ...], dict[str, Source]]:
        study = self.study
        self.supervisors = _distinct(parse_supervisor(name) for name in study.weak)
        self.students = _distinct(parse_student(name) for name in study.strong)
        self.methods = _distinct(METHODS.build(name) for name in study.methods)
        for method in self.methods:
            if method.value.labels == "truth" and method.name != "oracle":
                raise UserError(f"{method.label}: the oracle alone may learn the truth")
        self.naive = METHODS.build("naive")
        sources = {name: load_task(name) for name in study.tasks}
        lines = [
            line for name in study.tasks for line in self._task(sources[name], self._shown(name))
        ]
        return tuple(lines), sources

    def _shown(self, task: str) -> str:
        """A task's name in the rows: without its folder, where that is enough to tell it."""
        short = [Path(name).name for name in self.study.tasks]
        return Path(task).name if short.count(Path(task).name) == 1 else task

    def _task(self, source: Source, name: str) -> Iterator[Line]:
        labels = {
            supervisor.label: [self._labels(source, supervisor, seed) for seed in self._seeds]
            for supervisor in self.supervisors
        }
        for supervisor in self.supervisors:
            for student in self.students:
                yield from self._pair(source, name, supervisor, student, labels)

    def _pair(
        self,
        source: Source,
        name: str,
        supervisor: Supervisor,
        student: Student,
        labels: Mapping[str, Sequence[Step]],
    ) -> Iterator[Line]:
        weak = labels[supervisor.label]
        alone = supervisor.unaided
        naive = None
        if any(method.label == "naive" for method in self.methods):
            naive = self._transfers(source, supervisor.label, student, self.naive, weak)
        simulated = supervisor.labeller is not None and supervisor.labeller.value.simulated
        for method in self.methods:
            transfer = self._transfers(source, supervisor.label, student, method, weak)
            ceiling = self._ceilings(source, student, method.value.members)
            score = self._once(score_step(source, self.study.baseline, weak, transfer, ceiling))
            compare = diagnose = None
            if naive is not None and method.label != "naive":
                compare = self._once(compare_step(source, transfer, naive))
            if self.study.diagnostics:
                diagnose = self._once(diagnose_step(source, weak, transfer))
            helped = None
            if alone in labels:
                other = self._transfers(source, alone, student, method, labels[alone])
                helped = HelpSteps(
                    alone,
                    self._once(compare_step(source, weak, labels[alone])),
                    self._once(compare_step(source, transfer, other)),
                )
            yield Line(
                name,
                supervisor.label,
                student.label,
                method.label,
                student.regime,
                simulated,
                method.value.control,
                score,
                compare,
                diagnose,
                helped,
            )

    def _labels(self, source: Source, supervisor: Supervisor, seed: int) -> Step:
        student = supervisor.student
        features = self._seen(source, student) if student else None
        return self._once(label_step(source, supervisor, seed, features))

    def _transfers(
        self,
        source: Source,
        supervisor: str,
        student: Student,
        method: Built[Method],
        weak: Sequence[Step],
    ) -> list[Step]:
        if method.value.labels == "truth":
            return self._ceilings(source, student, method.value.members)
        rungs = method.value.rungs(supervisor, student.label) if method.value.rungs else ()
        below = [parse_student(rung) for rung in rungs]
        transfers = []
        for seed, labels in zip(self._seeds, weak, strict=True):
            for rung in below:
                labels = self._train(source, rung, self.naive, seed, labels)
            transfers.append(self._train(source, student, method, seed, labels))
        return transfers

    def _ceilings(self, source: Source, student: Student, members: int) -> list[Step]:
        """The same student trained on the truth; an ensemble's ceiling is as large an ensemble."""
        method = self.naive if members == 1 else METHODS.build(f"ensemble,members={members}")
        return [self._train(source, student, method, seed, None) for seed in self._seeds]

    def _train(
        self,
        source: Source,
        student: Student,
        method: Built[Method],
        seed: int,
        labels: Step | None,
    ) -> Step:
        features = self._seen(source, student, method)
        return self._once(train_step(source, student, method, seed, features, labels))

    def _seen(
        self, source: Source, student: Student, method: Built[Method] | None = None
    ) -> Step | None:
        step = seen_step(source.task, student, method)
        return self._once(step) if step else None

    def _once(self, step: Step) -> Step:
        return self.steps.setdefault(step.key, step)

    @property
    def _seeds(self) -> tuple[int, ...]:
        return self.study.seed_numbers
