"""Makers: the steps of one training, and of labels, which students and supervisors ask for.

The class of a student plans its training with a `TrainingMaker`, and the class of a supervisor its
labels with a `LabelMaker` (see `truing.supervisors.LabelSteps`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from truing.methods import Method
from truing.registry import Built
from truing.students import EstimatorStudent, HeadStudent, Student, TransformerStudent
from truing.students.features import FEATURES, FeatureMap
from truing.students.transformer import learning_rates, with_learning_rate
from truing.studies._elsewhere import other_tasks
from truing.studies._step import Step
from truing.studies.work import (
    Given,
    GivenTruth,
    ask_step,
    choose_step,
    combine_step,
    elicit_step,
    finetune_step,
    fit_step,
    label_step,
    train_step,
)
from truing.supervisors import Elicitor, Labeler, Prompted, Rule, Supervisor
from truing.tasks import Source, Task, Truth

if TYPE_CHECKING:
    from truing.studies._chain import ChainPlanner


@dataclass(frozen=True)
class TrainingMaker:
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
        chain = self.chain
        return finetune_step(
            chain.source,
            student,
            method,
            self.seed,
            features,
            self.given,
            self.sealed,
            chosen,
            other_tasks(chain.others, lambda task: ()),
        )

    def fit(self, student: EstimatorStudent, features: tuple[Step, ...]) -> Step:
        chain, reads_texts = self.chain, student.reads_texts(self.task)
        inputs = student.input or FEATURES.build("pixels")
        others = other_tasks(
            chain.others, lambda task: () if reads_texts else (chain.extract(inputs, task),)
        )
        return fit_step(chain.source, student, self.method, self.seed, features, self.given, others)


@dataclass(frozen=True)
class LabelMaker:
    """Makes the step that labels the items for a supervisor."""

    chain: ChainPlanner
    seed: int

    @property
    def source(self) -> Source:
        return self.chain.source

    def train(self, student: Student, items: np.ndarray | None = None) -> Step:
        given = GivenTruth("supervisor", chosen=items)
        return student.plan(TrainingMaker(self.chain, self.seed, self.chain.naive, given))

    def transfer(self, student: Student, task: str) -> Step:
        return self.chain.transfer(student, task, self.seed)

    def label(self, labeler: Built[Labeler], truth: Truth | None) -> Step:
        return label_step(self.chain.source, labeler, self.seed, truth)

    def combine(self, rule: Rule, members: Sequence[Supervisor]) -> Step:
        labels = [self.chain.labels(one, [self.seed])[0] for one in members]
        return combine_step(self.source, rule, self.seed, labels)

    def elicit(self, elicitor: Built[Elicitor], features: Built[FeatureMap]) -> Step:
        prompt = elicitor.value.prompt
        contrast = self.chain.contrast(prompt, features)
        pairs = self.chain.extract_pairs(features, prompt)
        return elicit_step(self.chain.source, elicitor, self.seed, pairs, contrast)

    def ask(self, prompted: Built[Prompted], truth: Truth | None) -> Step:
        return ask_step(self.chain.source, prompted, self.seed, truth)
