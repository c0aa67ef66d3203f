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
from truing.students import (
    EstimatorStudent,
    HeadStudent,
    Student,
    TransformerStudent,
    give_student,
    parse_student,
)
from truing.students.features import FeatureMap, reads_texts
from truing.students.transformer import learning_rates, with_learning_rate
from truing.studies._rungs import rungs_of
from truing.studies._step import Step
from truing.studies.work import (
    Given,
    GivenLabels,
    GivenTruth,
    ask_step,
    choose_step,
    elicit_step,
    extract_step,
    finetune_step,
    fit_step,
    label_step,
    train_step,
)
from truing.supervisors import Contrast, Elicitor, Labeler, Prompted, Supervisor, contrast_of
from truing.tasks import Source, Task, Truth


@dataclass
class ChainPlanner:
    """Plans labels, students and ceilings on one task.

    Attributes:
        source: the task and its vault.
        sealed: also compute beliefs of fine-tuned students about the sealed split. Heads always
            have beliefs about all items.

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
    _extractions: dict[tuple[str, str], Step] = field(default_factory=dict)
    _contrasts: dict[tuple[str, bool], Contrast] = field(default_factory=dict)
    _labels: dict[tuple[str, int], Step] = field(default_factory=dict)

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
        names = rungs_of(method, supervisor.label, student.label)
        below = [parse_student(give_student(name, "")) for name in names]
        found = []
        for seed in seeds:
            labels = self._label(supervisor, seed)
            for rung in below:
                labels = rung.plan(_TrainingMaker(self, seed, self.naive, GivenLabels(labels)))
            given = GivenLabels(labels)
            found.append(student.plan(_TrainingMaker(self, seed, method, given, self.sealed)))
        return found

    def ceilings(self, student: Student, members: int, seeds: Sequence[int]) -> list[Step]:
        """Steps of the student trained on the ground truth, one per seed.

        Args:
            student: the student.
            members: size of the method's ensemble; its ceiling is an ensemble of the same size.
            seeds: the seeds.
        """
        method = self.naive if members == 1 else METHODS.build(f"ensemble,members={members}")
        given = GivenTruth("ceiling")
        return [
            student.plan(_TrainingMaker(self, seed, method, given, self.sealed)) for seed in seeds
        ]

    @cached_property
    def naive(self) -> Built[Method]:
        """Naive training, the method of supervisors, rungs and ceilings."""
        return METHODS.build("naive")

    def extract(self, features: Built[FeatureMap]) -> Step:
        """Step that extracts features of all items of the task, made once."""
        return self._extract(self.source.task, features)

    def contrast(self, prompt: str, anchored: bool) -> Contrast:
        """Contrast pairs of the task, made once."""
        if (prompt, anchored) not in self._contrasts:
            made = contrast_of(self.source.task, prompt, anchored)
            self._contrasts[prompt, anchored] = made
        return self._contrasts[prompt, anchored]

    def extract_pairs(self, contrast: Contrast, features: Built[FeatureMap]) -> Step:
        """Step that extracts features of contrast pairs, which all probes share."""
        return self._extract(contrast.task, features)

    def _extract(self, task: Task, features: Built[FeatureMap]) -> Step:
        place = (task.fingerprint, features.label)
        if place not in self._extractions:
            self._extractions[place] = extract_step(task, features)
        return self._extractions[place]

    def _label(self, supervisor: Supervisor, seed: int) -> Step:
        place = (supervisor.label, seed)
        if place not in self._labels:
            self._labels[place] = supervisor.plan(_LabelMaker(self, seed))
        return self._labels[place]


@dataclass(frozen=True)
class _TrainingMaker:
    """Makes the steps of one training for a student."""

    chain: ChainPlanner
    seed: int
    method: Built[Method]
    given: Given
    sealed: bool = False

    @property
    def prepares(self) -> bool:
        return self.method.value.prepare is not None

    @property
    def task(self) -> Task:
        return self.chain.source.task

    def extract(self, features: Built[FeatureMap]) -> Step:
        return self.chain.extract(features)

    def train_head(self, student: HeadStudent, features: Step) -> Step:
        source = self.chain.source
        return train_step(source, student, self.method, self.seed, features, self.given)

    def finetune(self, student: TransformerStudent, features: tuple[Step, ...]) -> Step:
        if not student.transformer.settings.chooses_learning_rate:
            return self._finetune(student, self.method, features)
        chosen = self._choose(student)
        if self.method.label == self.chain.naive.label:
            return chosen
        return self._finetune(student, self.method, features, (chosen,))

    def _choose(self, student: TransformerStudent) -> Step:
        """Choice of the learning rate, by naive trainings on the labels: all methods share it."""
        transformer = student.transformer
        tried = [
            TransformerStudent(with_learning_rate(transformer, value))
            for value in learning_rates(transformer.settings.adapter)
        ]
        return choose_step(student, [self._finetune(one, self.chain.naive) for one in tried])

    def _finetune(
        self,
        student: TransformerStudent,
        method: Built[Method],
        features: tuple[Step, ...] = (),
        chosen: tuple[Step, ...] = (),
    ) -> Step:
        source, given = self.chain.source, self.given
        return finetune_step(
            source, student, method, self.seed, features, given, self.sealed, chosen
        )

    def fit(self, student: EstimatorStudent, features: tuple[Step, ...]) -> Step:
        source = self.chain.source
        return fit_step(source, student, self.method, self.seed, features, self.given)


@dataclass(frozen=True)
class _LabelMaker:
    """Makes the step that labels the items for a supervisor."""

    chain: ChainPlanner
    seed: int

    @property
    def source(self) -> Source:
        return self.chain.source

    def train(self, student: Student) -> Step:
        given = GivenTruth("supervisor")
        return student.plan(_TrainingMaker(self.chain, self.seed, self.chain.naive, given))

    def label(self, labeler: Built[Labeler], truth: Truth | None) -> Step:
        return label_step(self.chain.source, labeler, self.seed, truth)

    def elicit(self, elicitor: Built[Elicitor], features: Built[FeatureMap]) -> Step:
        contrast = self.chain.contrast(elicitor.value.prompt, reads_texts(features))
        pairs = self.chain.extract_pairs(contrast, features)
        return elicit_step(self.chain.source, elicitor, self.seed, pairs, contrast)

    def ask(self, prompted: Built[Prompted], truth: Truth | None) -> Step:
        return ask_step(self.chain.source, prompted, self.seed, truth)
