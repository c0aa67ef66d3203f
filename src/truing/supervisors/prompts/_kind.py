"""Prompted supervisors: a language model that is asked, with the ground truth of its examples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from truing.registry import Built
from truing.supervisors._steps import LabelSteps, Made
from truing.supervisors.prompts._prompted import Prompted
from truing.tasks import Truth


@dataclass(frozen=True)
class PromptedSupervisor:
    """A language model that is asked for labels.

    Attributes:
        prompted: the language model and its prompts.
        simulated: False, since the labels are those of a real supervisor.
        unaided: None, since the language model receives no help.
    """

    prompted: Built[Prompted]
    simulated: ClassVar[bool] = False
    unaided: ClassVar[None] = None

    @property
    def label(self) -> str:
        """Name in tables."""
        return self.prompted.label

    def plan(self, steps: LabelSteps[Made]) -> Made:
        """Plan the answers of the language model.

        Only few-shot examples use ground truth, that of the supervise split.

        Raises:
            DataError: a task without texts.
            UserError: more examples than the supervise split has items.
        """
        truth = None
        if self.prompted.value.shots:
            items = steps.source.splits(steps.seed).supervise
            truth = Truth(steps.source.vault, items, "supervise")
        return steps.ask(self.prompted, truth)
