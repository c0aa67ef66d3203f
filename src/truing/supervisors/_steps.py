"""Label steps: what a supervisor requests from a study to plan its labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, TypeVar

import numpy as np

from truing.registry import Built
from truing.students import Student
from truing.students.features import FeatureMap
from truing.supervisors._supervisor import Labeler
from truing.tasks import Source, Truth

if TYPE_CHECKING:
    from truing.supervisors._kinds import Supervisor
    from truing.supervisors.composed import Rule
    from truing.supervisors.probes import Elicitor
    from truing.supervisors.prompts import Prompted

Made = TypeVar("Made", covariant=True)  # a planned step, made by `truing.studies`


class LabelSteps(Protocol[Made]):
    """Factory of the step that labels the items of a task, for one seed."""

    @property
    def source(self) -> Source:
        """The task and its vault."""

    @property
    def seed(self) -> int:
        """Seed of the splits, which determines the supervise split."""

    def train(self, student: Student, items: np.ndarray | None = None) -> Made:
        """Step that trains a student on the ground truth of the supervise split, by `naive`.

        Args:
            student: the student.
            items: (n,) indices of the items of the split that it learns; by default all.
        """

    def transfer(self, student: Student, task: str) -> Made:
        """Step of the labels of a student that is trained on the ground truth of another task."""

    def label(self, labeler: Built[Labeler], truth: Truth | None) -> Made:
        """Step that makes the labels of a labeler with this ground truth."""

    def combine(self, rule: Rule, members: Sequence[Supervisor]) -> Made:
        """Step that combines the labels of other supervisors, without ground truth."""

    def elicit(self, elicitor: Built[Elicitor], features: Built[FeatureMap]) -> Made:
        """Step that fits a probe on contrast pairs of the supervise split, without labels."""

    def ask(self, prompted: Built[Prompted], truth: Truth | None) -> Made:
        """Step that asks a language model, after examples with this ground truth."""
