"""Labeller: a supervisor that brings its labels by itself, and the registry of labellers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from truing.errors import DataError
from truing.registry import Registry
from truing.tasks import Task

Sees = Literal["nothing", "supervise", "everything"]


@dataclass(frozen=True)
class Labeller:
    """A supervisor that brings its labels by itself.

    Attributes:
        label: (task, truth, rng) -> probabilities (N, k). Truth (N,) is -1 for items whose truth it
            may not see. All labellers of a task and seed are given the same randomness, so that
            what they share does not tell them apart.
        sees: the truth it is given: of no item, of the supervise split, or of every item.
        heavy: it takes seconds, so that a process of its own pays.
        unaided: the supervisor that is the same judge without help; a study that holds both tells
            what the help is worth.
        embedded: the judge, or who helped it, is a program that stands in for a model.
    """

    label: Callable[[Task, np.ndarray, np.random.Generator], np.ndarray]
    sees: Sees = "nothing"
    heavy: bool = False
    unaided: str | None = None
    embedded: bool = False

    @property
    def simulated(self) -> bool:
        """Its labels are of no real supervisor: it reads their truth, or programs gave them."""
        return self.sees == "everything" or self.embedded


SUPERVISORS: Registry[Labeller] = Registry(
    "supervisor", "truing.supervisors", lambda made: isinstance(made, Labeller)
)
supervisor = SUPERVISORS.register


def check_labels(labels: np.ndarray, task: Task, name: str) -> np.ndarray:
    """Weak labels as float32, if they are probabilities (N, k).

    Raises:
        DataError: another shape, numbers that are not finite, or rows that do not sum to one.
    """
    wanted = (len(task), len(task.choices))
    labels = np.asarray(labels, np.float64)
    if labels.shape != wanted:
        raise DataError(f"supervisor {name!r} gave labels {labels.shape}; needed are {wanted}")
    own = labels if task.absent is None else np.where(task.absent, 0, labels)
    fair = (labels >= 0).all(axis=1) & (np.abs(own.sum(axis=1) - 1) < 1e-3)
    if not fair.all():
        worst = task.ids[int(np.flatnonzero(~fair)[0])]
        raise DataError(
            f"supervisor {name!r}: the labels of item {worst!r} are no probabilities "
            "(numbers from 0 that sum to 1 over the item's own choices)"
        )
    return (own / own.sum(axis=1, keepdims=True)).astype(np.float32)
