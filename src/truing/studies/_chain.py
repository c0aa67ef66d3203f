"""Chain: the steps from a supervisor's labels to its students, and their ceilings.

Studies and research problems use the same planner. The class of a student plans the student's steps
(see `truing.students.HeadStudent`), and the class of a supervisor plans its labels (see
`truing.supervisors`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from truing.methods import METHODS, Method
from truing.registry import Built
from truing.students import Student, give_student, parse_student
from truing.students.features import FeatureMap, reads_texts
from truing.studies._domains import check_alike
from truing.studies._elsewhere import Elsewhere, all_tested, beliefs_elsewhere
from truing.studies._makers import LabelMaker, TrainingMaker
from truing.studies._rungs import rungs_of
from truing.studies._step import Step
from truing.studies.work import GivenLabels, GivenTruth, extract_step, stack_step
from truing.supervisors import Contrast, Supervisor, contrast_of, learnable
from truing.tasks import Source, Task, load_task


@dataclass
class ChainPlanner:
    """Plans labels, students and ceilings on one task.

    Attributes:
        source: the task and its vault.
        sealed: also compute beliefs of fine-tuned students about the sealed split. Heads always
            have beliefs about all items.
        others: other tasks on which the models are tested.
        easy: tasks of easy-to-hard supervisors by specification, loaded once.

    Examples:
        >>> from truing.studies import ChainPlanner
        >>> from truing.supervisors import parse_supervisor
        >>> from truing.tasks import load_task
        >>> planner = ChainPlanner(load_task("digits"))
        >>> (step,) = planner.labels(parse_supervisor("pca-4"), seeds=[0])
        >>> step.kind, [parent.kind for parent in step.parents["features"]]
        ('train supervisor', ['extract'])
    """

    source: Source
    sealed: bool = False
    others: tuple[Source, ...] = ()
    easy: dict[str, Source] = field(default_factory=dict)
    _extractions: dict[tuple[str, str], Step] = field(default_factory=dict)
    _contrasts: dict[tuple[str, str], Contrast] = field(default_factory=dict)
    _labels: dict[tuple[str, int], Step] = field(default_factory=dict)
    _easy_chains: dict[str, ChainPlanner] = field(default_factory=dict)

    def labels(self, supervisor: Supervisor, seeds: Sequence[int]) -> list[Step]:
        """Steps of a supervisor's beliefs about the items, one per seed."""
        return [self._label(supervisor, seed) for seed in seeds]

    def students(
        self, supervisor: Supervisor, student: Student, method: Built[Method], seeds: Sequence[int]
    ) -> list[Step]:
        """Steps of the student trained on a supervisor's labels, one per seed.

        If the method has rungs, naive students of intermediate size are trained between supervisor
        and student, each on the labels of the previous model. The students of `oracle` are its
        ceilings.
        """
        if method.value.labels == "truth":
            return self.ceilings(student, method.value.members, seeds)
        labels = self.labels(supervisor, seeds)
        return [
            self.taught(own, supervisor, student, method, seed)
            for own, seed in zip(labels, seeds, strict=True)
        ]

    def taught(
        self,
        labels: Step,
        supervisor: Supervisor,
        student: Student,
        method: Built[Method],
        seed: int,
    ) -> Step:
        """Step of the student trained on given labels by a method that learns no ground truth.

        Args:
            labels: the step of the labels: those of the supervisor, or planted ones.
            supervisor: the supervisor, which determines the rungs of a method.
            student: the student.
            method: the method.
            seed: seed of the splits.
        """
        for name in rungs_of(method, supervisor.label, student.label):
            rung, given = parse_student(give_student(name, "")), GivenLabels(labels)
            labels = rung.plan(TrainingMaker(self, seed, self.naive, given))
        return student.plan(TrainingMaker(self, seed, method, GivenLabels(labels), self.sealed))

    def ceilings(
        self, student: Student, members: int, seeds: Sequence[int], domain: str = ""
    ) -> list[Step]:
        """Steps of the student trained on the ground truth, one per seed.

        Args:
            student: the student.
            members: size of the method's ensemble; its ceiling is an ensemble of the same size.
            seeds: the seeds.
            domain: domain of a designed shift in which the ceiling learns; empty for home.
        """
        method = self.naive if members == 1 else METHODS.build(f"ensemble,members={members}")
        given = GivenTruth("ceiling", domain=domain)
        return [
            student.plan(TrainingMaker(self, seed, method, given, self.sealed)) for seed in seeds
        ]

    def crossfit(self, student: Student, folds: Sequence[int]) -> list[Step]:
        """Steps of the student trained on the ground truth of all folds but one, one per fold.

        They measure hardness: the source is divided by `truing.tasks.shift.Folds`.
        """
        given = GivenTruth("supervisor", "design")
        return [student.plan(TrainingMaker(self, fold, self.naive, given)) for fold in folds]

    @cached_property
    def naive(self) -> Built[Method]:
        """Naive training, the method of supervisors, rungs and ceilings."""
        return METHODS.build("naive")

    def elsewhere(self, steps: Sequence[Step], other: Source) -> list[Step]:
        """Steps of the beliefs of models or labelers about the items of another task.

        Args:
            steps: the steps of their beliefs about this task.
            other: one of `others`.
        """
        place = Elsewhere(self.source, self.others, other, self.extract, self.extract_pairs)
        return [beliefs_elsewhere(step.payload, step, place) for step in steps]

    def extract(self, features: Built[FeatureMap], task: Task | None = None) -> Step:
        """Step that extracts features of all items of a task, made once.

        If the items of the chain have copies, the features are fitted to the items without them.

        Args:
            features: the features.
            task: another task than that of the chain, whose items the features are fitted to.
        """
        home, copied = self.source.task, self.source.copied
        if copied is not None and task is None:
            original = self._extract(features, copied.original, None)
            copies = self._extract(features, copied.copies, copied.original)
            return stack_step("features", original, copies)
        if task is None:
            return self._extract(features, home, None)
        return self._extract(features, task, home if copied is None else copied.original)

    def transfer(self, student: Student, task: str, seed: int) -> Step:
        """Step of the beliefs of a student that learns the ground truth of another, easy task.

        The student learns the items of `learnable`, and labels all items of the task of this chain.

        Args:
            student: the student.
            task: specification of the easy task.
            seed: seed of the training.

        Raises:
            UserError: the easy task has other choices or other inputs.
        """
        if task not in self.easy:
            self.easy[task] = load_task(task)
        source = self.easy[task]
        if task not in self._easy_chains:
            check_alike(
                "easy-to-hard", self.source, self.source.task.name, source, source.task.name
            )
            others = (all_tested(self.source), *self.others)
            self._easy_chains[task] = ChainPlanner(source, others=others)
        chain = self._easy_chains[task]
        items = learnable(source, chain.others)
        given = GivenTruth("supervisor", chosen=items)
        trained = student.plan(TrainingMaker(chain, seed, self.naive, given))
        (labels,) = chain.elsewhere([trained], chain.others[0])
        return labels

    def contrast(self, prompt: str, features: Built[FeatureMap]) -> Contrast:
        """Contrast pairs of the task for some features, made once."""
        return self._contrast(self.source.task, prompt, reads_texts(features))

    def extract_pairs(
        self, features: Built[FeatureMap], prompt: str, task: Task | None = None
    ) -> Step:
        """Step that extracts features of contrast pairs, which all probes share.

        Args:
            features: the features.
            prompt: text between an item's text and the name of a class.
            task: another task than that of the chain, whose pairs the features are fitted to.
        """
        home = self.contrast(prompt, features).task
        pairs = self._contrast(task, prompt, anchored=False).task if task else home
        return self._extract(features, pairs, home if task else None)

    def _contrast(self, task: Task, prompt: str, anchored: bool) -> Contrast:
        place = (f"{task.fingerprint} {anchored}", prompt)
        if place not in self._contrasts:
            self._contrasts[place] = contrast_of(task, prompt, anchored)
        return self._contrasts[place]

    def _extract(self, features: Built[FeatureMap], task: Task, home: Task | None) -> Step:
        place = (features.label, task.fingerprint)
        if place not in self._extractions:
            self._extractions[place] = extract_step(task, features, home)
        return self._extractions[place]

    def _label(self, supervisor: Supervisor, seed: int) -> Step:
        place = (supervisor.label, seed)
        if place not in self._labels:
            self._labels[place] = supervisor.plan(LabelMaker(self, seed))
        return self._labels[place]
