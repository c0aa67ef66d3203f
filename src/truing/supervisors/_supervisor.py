"""Supervisor: whoever labels the items, well or badly.

Four kinds live here: a weak model trained on the supervise split's truth, labels recorded in a
file, planted noise, and a judge, helped or not. A judge under an oversight protocol is a supervisor
like any other.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from truing.errors import DataError, UnknownNameError, WrongKindError
from truing.registry import Built, Registry
from truing.students import Student, parse_student
from truing.tasks import Task


@dataclass(frozen=True)
class Labeller:
    """A supervisor that brings its labels by itself.

    Attributes:
        label: (task, truth, rng) -> probabilities (N, k). Truth (N,) is -1 for items whose truth it
            may not see, and None where it may see none. All labellers of a task and seed are given
            the same randomness, so that what they share does not tell them apart.
        sees: the truth it is given: of no item, of the supervise split, or of every item.
        heavy: it takes seconds, so that a process of its own pays.
        unaided: the supervisor that is the same judge without help; a study that holds both tells
            what the help is worth.
        embedded: the judge, or who helped it, is a program that stands in for a model.
    """

    label: Callable[[Task, np.ndarray | None, np.random.Generator], np.ndarray]
    sees: Literal["nothing", "supervise", "everything"] = "nothing"
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


@dataclass(frozen=True)
class Supervisor:
    """A weak model to be trained, or a labeller; one of the two is None."""

    student: Student | None
    labeller: Built[Labeller] | None

    @property
    def label(self) -> str:
        """How tables name it."""
        return self.student.label if self.student else self.labeller.label

    @property
    def unaided(self) -> str | None:
        """The label of the same judge without help, for one that is helped."""
        name = self.labeller.value.unaided if self.labeller else None
        return SUPERVISORS.build(name).label if name else None


def parse_supervisor(specification: str) -> Supervisor:
    """A supervisor by name (`recorded:labels.jsonl`), or a weak model by its features (`pca-8`).

    Raises:
        UnknownNameError: nothing of that name among supervisors and features.
    """
    if SUPERVISORS.holds(specification):
        with contextlib.suppress(WrongKindError):  # a file may hold features as well
            return Supervisor(None, SUPERVISORS.build(specification))
    try:
        return Supervisor(parse_student(specification), None)
    except UnknownNameError as error:
        known = (*error.known, *SUPERVISORS.describe())
        raise UnknownNameError("supervisor", error.name, known) from None


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
