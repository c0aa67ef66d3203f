"""Supervisor: what labels the items, well or badly.

Each kind of supervisor is a class, and plans its own labels: it says which steps it needs, and
which truth it sees. A judge under an oversight protocol is a supervisor like any other.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import ClassVar, Protocol, TypeAlias, TypeVar

import numpy as np

from truing.errors import UnknownNameError, WrongKindError
from truing.registry import Built
from truing.students import Student, parse_student
from truing.supervisors._supervisor import SUPERVISORS, Labeller, Sees
from truing.tasks import Source, Truth

Made = TypeVar("Made", covariant=True)  # a planned step: `truing.studies` makes them


class LabelSteps(Protocol[Made]):
    """Makes the step that labels the items of a task, for one seed."""

    @property
    def source(self) -> Source:
        """The task and its vault."""

    @property
    def seed(self) -> int:
        """Which items are in the supervise split."""

    def train(self, student: Student) -> Made:
        """The beliefs of a student after naive training on the supervise split's truth."""

    def label(self, labeller: Built[Labeller], truth: Truth | None) -> Made:
        """The labels of a labeller that sees this truth."""


@dataclass(frozen=True)
class TrainedSupervisor:
    """A weak model that is trained on the supervise split's truth.

    Attributes:
        student: the model.
        simulated: its labels are those of a real supervisor.
        unaided: it is helped by nothing.
    """

    student: Student
    simulated: ClassVar[bool] = False
    unaided: ClassVar[None] = None

    @property
    def label(self) -> str:
        """Its name in tables."""
        return self.student.label

    def plan(self, steps: LabelSteps[Made]) -> Made:
        """The training of the model."""
        return steps.train(self.student)


@dataclass(frozen=True)
class _LabellingSupervisor:
    """A supervisor that brings its labels by itself; its kinds see more or less of the truth."""

    labeller: Built[Labeller]

    @property
    def label(self) -> str:
        """Its name in tables."""
        return self.labeller.label

    @property
    def simulated(self) -> bool:
        """See `Labeller.simulated`."""
        return self.labeller.value.simulated

    @property
    def unaided(self) -> str | None:
        """The label of the same judge without help, for one that is helped."""
        name = self.labeller.value.unaided
        return SUPERVISORS.build(name).label if name else None


class RecordedSupervisor(_LabellingSupervisor):
    """Labels that were given before, or without any truth."""

    def plan(self, steps: LabelSteps[Made]) -> Made:
        """The reading of the labels."""
        return steps.label(self.labeller, None)


class JudgedSupervisor(_LabellingSupervisor):
    """A judge that learns from the supervise split's truth."""

    def plan(self, steps: LabelSteps[Made]) -> Made:
        """The judge's training and its verdicts, one step."""
        items = steps.source.task.splits(steps.seed).supervise
        return steps.label(self.labeller, Truth(steps.source.vault, items, "supervise"))


class PlantedSupervisor(_LabellingSupervisor):
    """A simulation: labels made from the truth of every item."""

    def plan(self, steps: LabelSteps[Made]) -> Made:
        """The planting of errors."""
        items = np.arange(len(steps.source.task))
        return steps.label(self.labeller, Truth(steps.source.vault, items, "plant"))


Supervisor: TypeAlias = (
    TrainedSupervisor | RecordedSupervisor | JudgedSupervisor | PlantedSupervisor
)
KINDS: dict[Sees, type[RecordedSupervisor] | type[JudgedSupervisor] | type[PlantedSupervisor]] = {
    "nothing": RecordedSupervisor,
    "supervise": JudgedSupervisor,
    "everything": PlantedSupervisor,
}
"""The supervisor that a labeller is, by the truth that it sees."""


def parse_supervisor(specification: str) -> Supervisor:
    """A supervisor by name (`recorded:labels.jsonl`), or a weak model by its features (`pca-8`).

    Raises:
        UnknownNameError: nothing of that name among supervisors and features.
    """
    if SUPERVISORS.holds(specification):
        with contextlib.suppress(WrongKindError):  # a file may hold features as well
            built = SUPERVISORS.build(specification)
            return KINDS[built.value.sees](built)
    try:
        return TrainedSupervisor(parse_student(specification))
    except UnknownNameError as error:
        known = (*error.known, *SUPERVISORS.describe())
        raise UnknownNameError("supervisor", error.name, known) from None
