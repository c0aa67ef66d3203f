"""Problem: what is researched, what a method for it is, and what it is worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, Protocol

import numpy as np

from truing.methods import Space
from truing.research._submission import Submission

Tier = Literal["climb", "sealed", "transfer"]


@dataclass(frozen=True)
class Gain:
    """What a method gains over the baseline on one task, on the same seeds and items.

    Attributes:
        task: its name.
        accuracy: of the method, mean over seeds and items.
        value, low, high, p: difference to the baseline, its 95% interval, two-sided p.
    """

    task: str
    accuracy: float
    value: float
    low: float
    high: float
    p: float


@dataclass(frozen=True)
class Evaluation:
    """What a method was worth, or why it was worth nothing.

    Attributes:
        gains: task by task; empty where it failed.
        failure: why it failed, as the researcher reads it; empty where it did not.
        isolation: the level at which its code ran; empty where none of its code ran.
        detail: a submitted file's own words about its failure, for the owner alone.
    """

    gains: tuple[Gain, ...] = ()
    failure: str = ""
    isolation: str = ""
    detail: str = ""

    @property
    def score(self) -> float:
        """Mean gain over the tasks."""
        return sum(gain.value for gain in self.gains) / len(self.gains)

    def to_json(self) -> dict[str, Any]:
        """As the ledger keeps it."""
        return asdict(self) | {"gains": [asdict(gain) for gain in self.gains]}

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Evaluation:
        """What `to_json` made."""
        gains = tuple(Gain(**gain) for gain in kept["gains"])
        return cls(gains, kept["failure"], kept["isolation"], kept.get("detail", ""))


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
