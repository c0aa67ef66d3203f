"""Supervisors that are composed of others: combinations, and models that learn easy items."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from truing.specification import Specification
from truing.students import Student
from truing.supervisors._steps import LabelSteps, Made
from truing.supervisors.composed._easiest import EasyToHard, easiest
from truing.supervisors.composed._pool import Rule

if TYPE_CHECKING:
    from truing.supervisors._kinds import Supervisor


@dataclass(frozen=True)
class CombinedSupervisor:
    """Supervisors whose labels are combined without ground truth.

    Attributes:
        rule: name of the rule, see `POOLS`.
        members: the supervisors.
        label: name in tables.
        unaided: None, since a combination is no judge.
    """

    rule: Rule
    members: tuple[Supervisor, ...]
    label: str
    unaided: ClassVar[None] = None

    @property
    def simulated(self) -> bool:
        """Whether a member is simulated."""
        return any(one.simulated for one in self.members)

    def plan(self, steps: LabelSteps[Made]) -> Made:
        """Plan the labels of the members and their combination.

        Raises:
            DataError: a member cannot label the task.
        """
        return steps.combine(self.rule, self.members)


@dataclass(frozen=True)
class EasyToHardSupervisor:
    """A weak model that is trained on the ground truth of easy items.

    Attributes:
        student: the model.
        easy: the easy items.
        label: name in tables.
        simulated: False, since the labels are those of a real supervisor.
        unaided: None, since the model receives no help.
    """

    student: Student
    easy: EasyToHard
    label: str
    simulated: ClassVar[bool] = False
    unaided: ClassVar[None] = None

    def plan(self, steps: LabelSteps[Made]) -> Made:
        """Plan the training of the model.

        Raises:
            DataError: the items have no such field, or too few of them are easy.
            UserError: the easy task has other choices or other inputs.
        """
        if self.easy.task:
            return steps.transfer(self.student, str(Specification.parse_nested(self.easy.task)))
        items = steps.source.splits(steps.seed).supervise
        return steps.train(
            self.student, easiest(steps.source, items, self.easy.share, self.easy.by)
        )
