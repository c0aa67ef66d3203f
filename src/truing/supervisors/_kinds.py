"""Supervisors: sources of weak labels.

Each kind of supervisor is a class that plans its own labels: it requests the steps that it needs,
with the ground truth that it may use. A judge under an oversight protocol is a supervisor too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, TypeAlias

import numpy as np

from truing.registry import Built
from truing.students import Student
from truing.supervisors._steps import LabelSteps, Made
from truing.supervisors._supervisor import SUPERVISORS, Labeler, Sees
from truing.supervisors.composed import CombinedSupervisor, EasyToHardSupervisor
from truing.supervisors.probes import ElicitedSupervisor
from truing.supervisors.prompts import PromptedSupervisor
from truing.tasks import Truth


@dataclass(frozen=True)
class TrainedSupervisor:
    """A weak model that is trained on the supervise split's ground truth.

    Attributes:
        student: the model.
        simulated: False, since the labels are those of a real supervisor.
        unaided: None, since the model receives no help.
    """

    student: Student
    simulated: ClassVar[bool] = False
    unaided: ClassVar[None] = None

    @property
    def label(self) -> str:
        """Name in tables."""
        return self.student.label

    def plan(self, steps: LabelSteps[Made]) -> Made:
        """Plan the training of the model."""
        return steps.train(self.student)


@dataclass(frozen=True)
class _LabelingSupervisor:
    """A supervisor that is a labeler; the subclasses differ in the ground truth that they see."""

    labeler: Built[Labeler]

    @property
    def label(self) -> str:
        """Name in tables."""
        return self.labeler.label

    @property
    def simulated(self) -> bool:
        """See `Labeler.simulated`."""
        return self.labeler.value.simulated

    @property
    def unaided(self) -> str | None:
        """Label of the same judge without help; None if the supervisor is not a helped judge."""
        name = self.labeler.value.unaided
        return SUPERVISORS.build(name).label if name else None


class RecordedSupervisor(_LabelingSupervisor):
    """Recorded labels, or labels made without ground truth."""

    def plan(self, steps: LabelSteps[Made]) -> Made:
        """Plan the step that reads the labels.

        Raises:
            DataError: given labels do not fit the task.
        """
        if self.labeler.value.check:
            self.labeler.value.check(steps.source.task)
        return steps.label(self.labeler, None)


class JudgedSupervisor(_LabelingSupervisor):
    """A judge that is trained on the supervise split's ground truth."""

    def plan(self, steps: LabelSteps[Made]) -> Made:
        """Plan the judge's training and its verdicts, as one step."""
        items = steps.source.splits(steps.seed).supervise
        return steps.label(self.labeler, Truth(steps.source.vault, items, "supervise"))


class PlantedSupervisor(_LabelingSupervisor):
    """A simulation: labels made from the ground truth of every item."""

    def plan(self, steps: LabelSteps[Made]) -> Made:
        """Plan the step that plants errors."""
        items = np.flatnonzero(~steps.source.vault.unanswerable)
        return steps.label(self.labeler, Truth(steps.source.vault, items, "plant"))


Supervisor: TypeAlias = (
    TrainedSupervisor
    | RecordedSupervisor
    | JudgedSupervisor
    | PlantedSupervisor
    | CombinedSupervisor
    | EasyToHardSupervisor
    | ElicitedSupervisor
    | PromptedSupervisor
)
KINDS: dict[Sees, type[RecordedSupervisor] | type[JudgedSupervisor] | type[PlantedSupervisor]] = {
    "nothing": RecordedSupervisor,
    "supervise": JudgedSupervisor,
    "everything": PlantedSupervisor,
}
"""Class of a labeler's supervisor, by the ground truth that the labeler sees."""
