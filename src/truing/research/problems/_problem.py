"""Problem: what is researched, what a method for it is, and what it is worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Protocol

import numpy as np

from truing.methods import Space
from truing.research._evaluation import Evaluation, Tier
from truing.research._submission import Submission


class Problem(Protocol):
    """What a referee asks of a problem. It alone holds truth."""

    def describe(self) -> dict[str, Any]:
        """What researchers are told, as JSON: no truth, and no task of the transfer tier."""

    def check(self, submission: Submission) -> Submission:
        """The submission in its canonical form.

        Raises:
            UserError: it is no method of this problem.
        """

    def family(self, submission: Submission) -> str:
        """A short name of the kind of method."""

    def level(self, submission: Submission) -> str:
        """The level of isolation at which its code runs; empty where none of its code runs."""

    def evaluate(self, submission: Submission, tier: Tier, seeds: Sequence[int]) -> Evaluation:
        """What the method gains; a failure is a result."""

    def look(self, specification: str, seeds: Sequence[int]) -> tuple[np.ndarray, ...]:
        """What students of a composition believe, (S, n, k) for each task of the climb tier.

        It holds no truth. Empty where the method fails, or the problem has no students.
        """

    @property
    def space(self) -> Space:
        """What compositions are made of."""

    @property
    def items(self) -> float:
        """Independent items behind a score of the climb tier."""


def describe_space(space: Space) -> list[dict[str, Any]]:
    """The arguments of a composition, as JSON."""
    described = [{"kind": type(one).__name__.lower(), **asdict(one)} for one in space.arguments]
    return [{key: one[key] for key in one if key != "description"} for one in described]
