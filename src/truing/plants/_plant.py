"""Plants: misbehaviour of a declared strength, whose honest twin has strength 0.

A planted system is a model organism: a simulation of misbehaviour that measures monitors. It says
nothing about the intent of a real model.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, TypeVar

import numpy as np

from truing.calls import checked_class
from truing.errors import UserError
from truing.plants._trigger import Trigger
from truing.registry import Registry
from truing.tasks import Task

PlantKind = Literal["study", "protocol", "method"]
"""What a plant corrupts: supervisor or student of a study, a protocol, or a submitted method."""


@dataclass(frozen=True, eq=False)
class Planting:
    """What a plant of a study receives, for one seed.

    Attributes:
        task: the M items: those of the task, then a copy of each with the trigger if there is one.
        labels: (M, k) honest labels of the twin.
        weak: (M, k) labels of the study's supervisor.
        truth: (M,) ground truth; -1 for all items unless the plant sees it.
        features: (M, d) input of the student, or (M, k, d) for items with their own choices.
        learn: (n,) indices of the items that the student learns.
        copies: (M,) whether an item is a copy with the trigger.
    """

    task: Task
    labels: np.ndarray
    weak: np.ndarray
    truth: np.ndarray
    features: np.ndarray
    learn: np.ndarray
    copies: np.ndarray


@dataclass(frozen=True, eq=False)
class Planted:
    """Labels with planted misbehaviour.

    Attributes:
        labels: (M, k) labels of all items, of which the student learns those of its items.
        changed: (M,) on which items the planted system is meant to answer as `labels` say. About
            the other items, `labels` answer as those of the twin.
    """

    labels: np.ndarray
    changed: np.ndarray


Change = Callable[[Planting, float, np.random.Generator], Planted]


def all_of(strength: float) -> float:
    """The strength itself: the share of learning items that carry the trigger, as in BadNets."""
    return strength


@checked_class
@dataclass(frozen=True)
class StudyPlant:
    """Misbehaviour of a supervisor or a student, planted into the labels that the student learns.

    At strength 0 the labels are those of the honest twin. Items that are changed at a strength are
    changed at each larger strength too, because all strengths of a seed have the same random
    generator.

    Attributes:
        change: (planting, strength, rng) -> `Planted`.
        corrupts: whose misbehaviour it is. The labels of a corrupt `supervisor` about the learn
            split are watched. The answers of a corrupt `student` about the test split are watched.
        learns: honest labels of the twin: the `weak` labels of the study's supervisor, or the
            ground `truth`.
        sees_truth: whether `change` receives the ground truth.
        trigger: change of inputs, of which the system has a copy of each item; None without it.
        copied: strength -> share of the learning items that are replaced by their copy.
        deployed: share of the watched items that are replaced by their copy.

    Examples:
        >>> from truing.plants import Planted, StudyPlant
        >>> def first(planting, strength, rng):
        ...     changed = rng.random(len(planting.labels)) < strength
        ...     labels = planting.labels.copy()
        ...     labels[changed] = [1.0] + [0.0] * (labels.shape[1] - 1)
        ...     return Planted(labels, changed)
        >>> StudyPlant(first, corrupts="supervisor").kind
        'study'
    """

    change: Change
    corrupts: Literal["supervisor", "student"] = "student"
    learns: Literal["weak", "truth"] = "weak"
    sees_truth: bool = False
    trigger: Trigger | None = None
    copied: Callable[[float], float] = all_of
    deployed: float = 0.1
    kind: ClassVar[PlantKind] = "study"


def check_strength(strength: float) -> None:
    """Raise UserError unless a strength is a number from 0 to 1."""
    if (
        isinstance(strength, bool)
        or not isinstance(strength, int | float)
        or not 0 <= strength <= 1
    ):
        raise UserError(f"strength must be from 0 to 1, got {strength!r}")


PLANTS: Registry[Any] = Registry("plant", "truing.plants", lambda made: hasattr(made, "kind"))
"""All registered plants."""

Make = TypeVar("Make", bound=Callable[..., Any])


def plant(form: str) -> Callable[[Make], Make]:
    """Decorator that registers a plant. The docstring's first line is its description.

    The decorated function takes the arguments and returns a `StudyPlant`, or a plant of a protocol
    or a method.

    Args:
        form: name, with the arguments that it carries.

    Examples:
        >>> import numpy as np
        >>> import truing
        >>> from truing.plants import Planted, StudyPlant
        >>> @truing.plant("tired")
        ... def tired():
        ...     "A supervisor that gives equal probabilities to the last items."
        ...     def change(planting, strength, rng):
        ...         count = len(planting.labels)
        ...         last = np.arange(count) >= (1 - strength) * count
        ...         even = np.full_like(planting.labels, 1 / planting.labels.shape[1])
        ...         return Planted(np.where(last[:, None], even, planting.labels), last)
        ...     return StudyPlant(change, corrupts="supervisor")
        >>> tired().corrupts
        'supervisor'
    """
    register: Any = PLANTS.register(form)  # returns the function as it is
    return register
