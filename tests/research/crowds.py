"""Folders that use planted processor seconds, so that tests of budgets and queues take no time."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from tests.research.planting import Planted, config
from truing.research import Budget, MethodCard, ResearchConfig, Submission
from truing.research._config import Folders
from truing.research.folders import FolderLimits, Usage
from truing.research.problems import Evaluation, Gain

CARD = MethodCard(claim="it helps", mechanism="a reason", expected_effect=0.02)


def crowd_config(each: int = 1000, total: int = 1000, **cpu: Any) -> ResearchConfig:
    """A run with folders, whose limits no real run reaches."""
    made = config(folders=Folders(limits=FolderLimits(cpu=1)), min_step_se=3)
    budget = Budget(each=each, all=total, **cpu)
    return made.model_copy(update={"budget": budget})


def folder(text: str) -> Submission:
    """A submitted folder that is told from others by a text."""
    return Submission(kind="folder", content=text, card=CARD)


class Counted(Planted):
    """Folders that use as many processor seconds as a test plants, and take some time.

    Args:
        uses: processor seconds that a folder uses; raises what an interrupted run raises.
        most: the most that a folder may use.
        seconds: time that its run takes.
        failing: contents of the folders that fail.
    """

    def __init__(
        self,
        uses: Callable[[str], float],
        most: int,
        seconds: float = 0,
        failing: Sequence[str] = (),
    ):
        super().__init__(lambda content, tier: 0.0)
        self.uses, self.most, self.seconds, self.failing = uses, most, seconds, failing
        self.runs: list[str] = []

    def check(self, submission: Submission) -> Submission:
        return submission

    def family(self, submission: Submission) -> str:
        return submission.kind

    def most_cpu(self, submission: Submission) -> int:
        return self.most if submission.kind == "folder" else 0

    def evaluate(self, submission: Submission, tier: str, seeds: Sequence[int]) -> Evaluation:
        self.runs.append(submission.content)
        usage = Usage(self.uses(submission.content), self.seconds)
        time.sleep(self.seconds)
        if submission.content in self.failing:
            return Evaluation(failure="it broke", usage=usage)
        return Evaluation((Gain(0.0, -0.1, 0.1, 0.5, tier, 0.5),), usage=usage)
