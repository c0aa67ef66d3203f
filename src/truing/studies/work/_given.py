"""Given labels: what a student learns from, the truth of a split or the beliefs of another step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from truing.studies._step import Step
from truing.tasks import Splits, Truth, Vault

Role = Literal["supervisor", "student", "ceiling"]


@dataclass(frozen=True)
class GivenTruth:
    """A supervisor learns the truth of the supervise split, a ceiling that of the learn split."""

    role: Literal["supervisor", "ceiling"]

    @property
    def parents(self) -> tuple[Step, ...]:
        """No step makes the labels."""
        return ()

    def items(self, splits: Splits) -> np.ndarray:
        """(n,) items to learn from."""
        return splits.supervise if self.role == "supervisor" else splits.learn

    def truth(self, vault: Vault, items: np.ndarray) -> Truth | None:
        """The request for the labels."""
        return Truth(vault, items, "supervise" if self.role == "supervisor" else "ceiling")


@dataclass(frozen=True)
class GivenLabels:
    """A student learns the labels of a supervisor, or of the student below it in a chain.

    Attributes:
        step: the step whose beliefs are the labels.
    """

    step: Step

    @property
    def role(self) -> Literal["student"]:
        """What learns them."""
        return "student"

    @property
    def parents(self) -> tuple[Step, ...]:
        """The step that makes the labels."""
        return (self.step,)

    def items(self, splits: Splits) -> np.ndarray:
        """(n,) items to learn from."""
        return splits.learn

    def truth(self, vault: Vault, items: np.ndarray) -> Truth | None:
        """A student sees no truth."""
        return None


Given: TypeAlias = GivenTruth | GivenLabels
