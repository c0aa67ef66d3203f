"""Given labels: ground truth of a split or beliefs of another step, and who learns from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from truing.registry import Identity
from truing.studies._step import Payload, Step
from truing.studies.work._code import digest
from truing.tasks import UNANSWERABLE, Purpose, Splits, Task, Truth, Vault

Role = Literal["supervisor", "student", "ceiling"]


@dataclass(frozen=True)
class GivenTruth:
    """Ground truth: of the supervise split for a supervisor, of the learn split for a ceiling.

    Attributes:
        role: who learns from it.
        purpose: purpose of the access to the vault; by default that of the role.
        domain: domain of a designed shift in which a local ceiling learns; empty for home.
    """

    role: Literal["supervisor", "ceiling"]
    purpose: Purpose | None = None
    domain: str = ""

    @property
    def parents(self) -> tuple[Step, ...]:
        """Empty, since no step makes the labels."""
        return ()

    def items(self, splits: Splits) -> np.ndarray:
        """(n,) indices of the learning items."""
        if self.domain:
            return splits.local[self.domain]
        return splits.supervise if self.role == "supervisor" else splits.learn

    def truth(self, vault: Vault, items: np.ndarray) -> Truth | None:
        """The request for the ground truth."""
        usual: Purpose = "supervise" if self.role == "supervisor" else "ceiling"
        return Truth(vault, items, self.purpose or usual)


@dataclass(frozen=True)
class GivenLabels:
    """Labels of a supervisor, or of the previous student in a chain.

    Attributes:
        step: the step whose beliefs are the labels.
    """

    step: Step

    @property
    def role(self) -> Literal["student"]:
        """The role of the model that learns from them."""
        return "student"

    @property
    def parents(self) -> tuple[Step, ...]:
        """The step that makes the labels."""
        return (self.step,)

    def items(self, splits: Splits) -> np.ndarray:
        """(n,) indices of the learning items."""
        return splits.learn

    def truth(self, vault: Vault, items: np.ndarray) -> Truth | None:
        """None, since a student receives no ground truth."""
        return None


Given: TypeAlias = GivenTruth | GivenLabels


@dataclass(frozen=True, eq=False)
class OtherTask:
    """Another task, about whose items a trained model is asked.

    Attributes:
        task: the task, without its ground truth.
        asked: (m,) indices of the items.
        features: the step that extracts the model's input; none if it reads texts.
    """

    task: Task
    asked: np.ndarray
    features: tuple[Step, ...] = ()


def others_config(others: Sequence[OtherTask]) -> dict[str, list[list[str]]]:
    """Part of a training's configuration on other tasks; empty without them."""
    named = [[other.task.fingerprint, digest(other.asked)] for other in others]
    return {"elsewhere": named} if named else {}


@dataclass(frozen=True, kw_only=True)
class LearnPayload(Payload):
    """Inputs of the training of a head or a transformer.

    Attributes:
        items: (n,) indices of the learning items.
        clusters: (n,) clusters of the learning items.
        classes: number of choices.
        method: specification of the method.
        identity: identity of the method, see `Built.identity`.
        chance: seed of all randomness of the training.
    """

    items: np.ndarray
    clusters: np.ndarray
    classes: int
    method: str
    identity: Identity
    chance: str

    @property
    def specifications(self) -> tuple[str, ...]:
        """Specification of the method."""
        return (self.method,)


def truth_labels(truth: np.ndarray, classes: int) -> np.ndarray:
    """(n, k) ground truth as labels: 1 for the right choice, 1 / k if an item is unanswerable."""
    labels = np.eye(classes)[truth]
    labels[truth == UNANSWERABLE] = 1 / classes
    return labels
