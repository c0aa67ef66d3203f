"""A problem for researchers with planted gains, on which nothing is trained."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from truing.errors import UserError
from truing.methods import Space, composition_space
from truing.research import Submission
from truing.research.problems import Evaluation, Gain, Tier
from truing.specification import Specification

Worth = Callable[[str], float | str]
"""Composition -> its gain over naive training, or the reason why it fails."""


@dataclass
class PlantedProblem:
    """A problem with planted gains.

    Attributes:
        worth: gain of each composition.
        refuses: whether to refuse each submission.
        proposed: all proposals, in order.
        scored: submissions that were scored, in order.
        refused: the first proposal that is no composition of the space, and the reason.
    """

    worth: Worth
    refuses: bool = False
    proposed: list[str] = field(default_factory=list)
    scored: list[str] = field(default_factory=list)
    refused: tuple[str, str] | None = None
    items: float = 1e6
    battery: None = None

    @property
    def space(self) -> Space:
        """The space of all compositions."""
        return composition_space()

    def describe(self) -> Any:
        """Empty, since no researcher of this process reads it."""
        return {}

    def check(self, submission: Submission) -> Submission:
        """The submission in its canonical form."""
        self.proposed.append(submission.content)
        content = self._read(submission.content)
        if self.refuses:
            raise UserError("this planted problem refuses each submission")
        return submission.model_copy(update={"content": content})

    def family(self, submission: Submission) -> str:
        """The same for all submissions."""
        return "planted"

    def level(self, submission: Submission) -> str:
        """Empty, since no submitted code runs."""
        return ""

    def most_cpu(self, submission: Submission) -> int:
        """0, since no submitted code runs."""
        return 0

    def evaluate(self, submission: Submission, tier: Tier, seeds: Sequence[int]) -> Evaluation:
        """The planted gain, without uncertainty."""
        self.scored.append(submission.content)
        gain = self.worth(submission.content)
        if isinstance(gain, str):
            return Evaluation(failure=gain)
        return Evaluation((Gain(gain, gain, gain, 0.5, "planted", 0.5 + gain),))

    def look(self, specification: str, seeds: Sequence[int]) -> tuple[np.ndarray, ...]:
        """Random beliefs (S, 8, 2) that depend only on the composition and the seeds."""
        drawn = np.random.default_rng([*self._read(specification).encode(), *seeds])
        return (drawn.dirichlet((1, 1), size=(len(seeds), 8)),)

    def _read(self, specification: str) -> str:
        """Canonical form of a composition; notes the first proposal that is none."""
        try:
            asked = Specification.parse(specification)
            if asked.name != self.space.name:
                raise UserError(f"it must begin with {self.space.name!r}")
            values = self.space.read(asked)
            self.space.complete({name: values[name] for name in asked.arguments})
            return self.space.specification(values)
        except ValueError as error:
            self.refused = self.refused or (specification, str(error))
            raise UserError(str(error)) from error
