"""Planner: the rows and steps of a study."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import product
from pathlib import Path
from typing import TypeVar

import numpy as np

from truing.errors import UserError
from truing.given import shown
from truing.measures import Metric
from truing.methods import METHODS, Method
from truing.registry import Built
from truing.students import Student, parse_student
from truing.studies._aliases import expand, shorten
from truing.studies._chain import ChainPlanner
from truing.studies._domains import Domain, find_domains
from truing.studies._measure import Measure, measured_in, with_hardness
from truing.studies._plan_line import HelpSteps, PlanLine
from truing.studies._plan_planted import PlantedPlanner, Taught
from truing.studies._row import Ceiling
from truing.studies._step import Step
from truing.studies._store import Store
from truing.studies._stressed import parse_stressed
from truing.studies._study import Study
from truing.studies.work import (
    best_of_n_step,
    compare_step,
    diagnose_step,
    score_step,
    shift_step,
    uncertainty_step,
)
from truing.supervisors import Supervisor, parse_supervisor
from truing.tasks import Source, load_task
from truing.tasks.shift import check_local, designed

Labeled = TypeVar("Labeled", Supervisor, Student, Built[Method])


def _distinct(labeled: Iterable[Labeled]) -> list[Labeled]:
    """One object per label, in their order; equivalent specifications have the same label."""
    return list({each.label: each for each in labeled}.values())


def _check_metric(metric: Metric, task: str, source: Source) -> None:
    """Raise UserError if a task has no classes, or not two, and the metric needs them."""
    kind, classes = source.task.kind, len(source.task.choices)
    if metric != "accuracy" and kind != "classification":
        raise UserError(
            f"metric {metric} needs classes; the items of task {shown(task)!r} have their own "
            "choices; use metric accuracy"
        )
    if metric == "auroc" and classes != 2:
        raise UserError(
            f"metric auroc needs a task with two classes; task {shown(task)!r} has {classes}; use "
            "balanced_accuracy or accuracy"
        )


@dataclass(frozen=True)
class _Models:
    """Steps of the beliefs of supervisor, student, ceiling and naive student, one per seed."""

    weak: Sequence[Step]
    transfer: Sequence[Step]
    ceiling: Sequence[Step]
    naive: Sequence[Step]

    def on(self, elsewhere: Callable[[Sequence[Step]], Sequence[Step]]) -> _Models:
        """Steps of their beliefs about another task."""
        return _Models(*map(elsewhere, (self.weak, self.transfer, self.ceiling, self.naive)))


@dataclass
class Planner:
    """Builds the steps of one study; equal steps are the same object."""

    study: Study
    measure: Measure | None = None
    steps: dict[str, Step] = field(default_factory=dict)
    measuring: tuple[Step, ...] = ()
    easy: dict[str, Source] = field(default_factory=dict)

    def plan(self) -> tuple[tuple[PlanLine, ...], dict[str, Source]]:
        study = self.study
        self.supervisors = _distinct(parse_supervisor(name) for name in self._expanded(study.weak))
        self.students = _distinct(parse_student(name) for name in self._expanded(study.strong))
        self.methods = _distinct(METHODS.build(name) for name in self._expanded(study.methods))
        for method in self.methods:
            if method.value.labels == "truth" and method.name != "oracle":
                raise UserError(f"{method.label}: only `oracle` may learn the ground truth")
        self.stressed = list({one.label: one for one in map(parse_stressed, study.stress)}.values())
        sources = self._sources()
        others = {name: load_task(name) for name in study.test_on}
        for name, source in {**others, **sources}.items():
            _check_metric(study.metric, name, source)
        lines: list[PlanLine] = []
        for name, source in sources.items():
            shown = self._shown(name)
            domains = find_domains(source, shown, {self._shown(one): others[one] for one in others})
            apart = [domain.source for domain in domains if domain.other]
            # Trainings are asked about all of them: another order must not be another training.
            apart.sort(key=lambda one: one.task.fingerprint)
            chain = ChainPlanner(source, others=tuple(apart), easy=self.easy)
            planted = self._plants(source)
            for supervisor, student in product(self.supervisors, self.students):
                lines += self._pair(chain, shown, supervisor, student, domains, planted)
        if study.test_on and not any(line.domains for line in lines):
            raise UserError(
                f"test_on={', '.join(study.test_on)} is the task itself, so there is no domain; "
                "name another task with the same choices"
            )
        return tuple(lines), {**self.easy, **others, **sources}

    def _sources(self) -> dict[str, Source]:
        """The tasks by name, divided by the design of the study."""
        study, sources = self.study, {name: load_task(name) for name in self.study.tasks}
        if study.hardness:
            (name,) = self._expanded([study.hardness])
            measure = self.measure or measured_in(Store())
            sources, self.measuring = with_hardness(sources, parse_student(name), measure)
        return {name: designed(source, study.design) for name, source in sources.items()}

    def _plants(self, source: Source) -> PlantedPlanner:
        """Planner of the planted rows of a task."""
        study = self.study
        seeds, metric = study.seed_numbers, study.metric
        return PlantedPlanner(source, self.stressed, seeds, study.baseline, metric, self._once)

    def _expanded(self, names: Iterable[str]) -> list[str]:
        return [expand(name, self.study.aliases) for name in names]

    def _label(self, one: Labeled, among: Sequence[Labeled]) -> str:
        """Name in the rows: without the digest of an object if unique, and with aliases."""
        return shorten(shown(one.label, [each.label for each in among]), self.study.aliases)

    def _shown(self, task: str) -> str:
        """Name of a task in the rows: without its folder if the file name is unique."""
        short = [Path(name).name for name in {*self.study.tasks, *self.study.test_on}]
        name = Path(task).name if short.count(Path(task).name) == 1 else task
        return shown(name, short)

    def _pair(
        self,
        chain: ChainPlanner,
        name: str,
        supervisor: Supervisor,
        student: Student,
        domains: Sequence[Domain],
        plants: PlantedPlanner,
    ) -> Iterator[PlanLine]:
        seeds = self.study.seed_numbers
        weak = chain.labels(supervisor, seeds)
        named = {each.label: each for each in self.supervisors}
        unaided = named.get(supervisor.unaided or "")
        naive: list[Step] = []
        if any(method.label == "naive" for method in self.methods):
            naive = self._each_once(chain.students(supervisor, student, chain.naive, seeds))
        for method in self.methods:
            transfer = self._each_once(chain.students(supervisor, student, method, seeds))
            ceiling = self._each_once(chain.ceilings(student, method.value.members, seeds))
            taught = Taught(supervisor, student, method, weak, ceiling)
            models = _Models(weak, transfer, ceiling, () if method.label == "naive" else naive)
            helped = None
            if unaided is not None:
                helped = self._help(chain, student, method, unaided, weak, transfer)
            line = PlanLine(
                name,
                self._label(supervisor, self.supervisors),
                self._label(student, self.students),
                self._label(method, self.methods),
                student.regime,
                student.size,
                supervisor.simulated,
                method.value.control,
                *self._scored(chain.source, models),
                self._diagnosed(chain.source, models),
                helped,
                self._curves(chain.source, models),
                self._uncertainty(chain.source, weak, transfer, ceiling),
                planted=plants.lines(taught, chain.naive if naive else None),
            )
            yield self._under_shift(line, chain, student, method, models, domains)

    def _under_shift(
        self,
        line: PlanLine,
        chain: ChainPlanner,
        student: Student,
        method: Built[Method],
        models: _Models,
        domains: Sequence[Domain],
    ) -> PlanLine:
        """The line with the lines of its domains."""
        lines = []
        for domain in domains:
            there = models
            if domain.other:
                there = models.on(partial(chain.elsewhere, other=domain.source))
            if self.study.local_ceiling:
                there = replace(there, ceiling=self._local(chain, student, method, domain))
            score, compare = self._scored(domain.source, there, domain.items)
            ceiling: Ceiling = "local" if self.study.local_ceiling else "home"
            lines.append(line.in_domain(domain.name, ceiling, score, compare))
        if not lines:
            return line
        shift = self._once(shift_step([line.score, *(one.score for one in lines)]))
        return replace(line, domains=tuple(lines), shift=shift)

    def _local(
        self, chain: ChainPlanner, student: Student, method: Built[Method], domain: Domain
    ) -> list[Step]:
        """Ceilings that learn the ground truth of the domain's learn split."""
        members, seeds = method.value.members, self.study.seed_numbers
        if domain.other:
            return self._each_once(ChainPlanner(domain.source).ceilings(student, members, seeds))
        check_local(domain.source, domain.name, seeds)
        return self._each_once(chain.ceilings(student, members, seeds, domain.name))

    def _scored(
        self, source: Source, models: _Models, items: np.ndarray | None = None
    ) -> tuple[Step, Step | None]:
        """Steps that score the models and compare them with naive training, on some items."""
        baseline, metric = self.study.baseline, self.study.metric
        weak, transfer, ceiling = models.weak, models.transfer, models.ceiling
        score = self._once(score_step(source, baseline, metric, weak, transfer, ceiling, items))
        if not models.naive:
            return score, None
        return score, self._once(compare_step(source, metric, transfer, models.naive, items))

    def _diagnosed(self, source: Source, models: _Models) -> Step | None:
        if not self.study.diagnostics:
            return None
        return self._once(diagnose_step(source, models.weak, models.transfer))

    def _curves(self, source: Source, models: _Models) -> Step | None:
        if not self.study.best_of_n:
            return None
        return self._once(best_of_n_step(source, models.weak, models.transfer, models.ceiling))

    def _uncertainty(self, source: Source, *roles: Sequence[Step]) -> Step | None:
        step = uncertainty_step(source, *roles)
        return self._once(step) if step else None

    def _help(
        self,
        chain: ChainPlanner,
        student: Student,
        method: Built[Method],
        unaided: Supervisor,
        weak: Sequence[Step],
        transfer: Sequence[Step],
    ) -> HelpSteps:
        """Steps that compare a helped judge and its student with the same judge without help."""
        seeds, metric = self.study.seed_numbers, self.study.metric
        others = self._each_once(chain.students(unaided, student, method, seeds))
        return HelpSteps(
            unaided.label,
            self._once(compare_step(chain.source, metric, weak, chain.labels(unaided, seeds))),
            self._once(compare_step(chain.source, metric, transfer, others)),
        )

    def _each_once(self, steps: Sequence[Step]) -> list[Step]:
        return [self._once(step) for step in steps]

    def _once(self, step: Step) -> Step:
        return self.steps.setdefault(step.key, step)
