"""Problem: the interface between a referee and the problem that researchers work on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Protocol

import numpy as np

from truing.methods import Space
from truing.research._answers import ProblemDescription
from truing.research._evaluation import Evaluation, Tier
from truing.research._submission import Submission


class Problem(Protocol):
    """A problem for researchers. Only the problem can access the ground truth.

    Attributes:
        battery: the problem on the battery of the capability gate, see `truing.research.Gate`; None
            without a gate. Its climb tier contains the scored items of the battery.
    """

    @property
    def battery(self) -> Problem | None: ...

    def describe(self) -> ProblemDescription:
        """The description for researchers, as JSON, without ground truth and other tasks."""

    def check(self, submission: Submission) -> Submission:
        """The submission in its canonical form.

        Raises:
            UserError: the submission is not a method of this problem.
        """

    def family(self, submission: Submission) -> str:
        """A short name for the kind of method."""

    def level(self, submission: Submission) -> str:
        """The isolation level of submitted code; empty if no submitted code runs."""

    def most_cpu(self, submission: Submission) -> int:
        """Most processor seconds that the runs of a submission on the climb tier may use.

        0 for submissions that are not charged processor seconds.
        """

    def evaluate(self, submission: Submission, tier: Tier, seeds: Sequence[int]) -> Evaluation:
        """The gains of a method, or its failure, which is a result too."""

    def look(self, specification: str, seeds: Sequence[int]) -> tuple[np.ndarray, ...]:
        """Beliefs of a composition's students, (S, n, k) for each task of the climb tier.

        They do not depend on the ground truth of the scored items. Empty if the method fails, or if
        the problem has no students.
        """

    @property
    def space(self) -> Space:
        """The space of compositions."""

    @property
    def items(self) -> float:
        """Number of independent items of a score of the climb tier."""


def describe_space(space: Space) -> list[dict[str, Any]]:
    """The arguments of a composition, as JSON."""
    described = [{"kind": type(one).__name__.lower(), **asdict(one)} for one in space.arguments]
    return [{key: one[key] for key in one if key != "description"} for one in described]
