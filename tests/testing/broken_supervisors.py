"""Supervisors that each violate one condition of the contract."""

from __future__ import annotations

import sys

import numpy as np

from truing.supervisors import Labeler, supervisor
from truing.tasks import load_task

TASK = "tests/testing/small_tasks.py:few-digits"
SEEN: dict[int, int] = {}


def even(task) -> np.ndarray:
    """Uniform labels."""
    return np.full((len(task), len(task.choices)), 1 / len(task.choices))


@supervisor("doubled")
def doubled() -> Labeler:
    """Labels sum to 2."""
    return Labeler(lambda task, truth, rng: 2 * even(task))


@supervisor("remembers")
def remembers() -> Labeler:
    """Repeats each ground truth that it saw, also for another seed."""

    def label(task, truth, rng):
        SEEN.update((int(at), int(truth[at])) for at in np.flatnonzero(truth >= 0))
        labels = even(task)
        for at, right in SEEN.items():
            labels[at] = np.eye(len(task.choices))[right]
        return labels

    return Labeler(label, sees="supervise")


@supervisor("spies")
def spies() -> Labeler:
    """Takes the ground truth out of the vault of its caller, without asking."""

    def label(task, truth, rng):
        hidden = sys._getframe(1).f_locals["source"].vault._Vault__truth
        return np.eye(len(task.choices))[hidden]

    return Labeler(label)


@supervisor("loads")
def loads() -> Labeler:
    """Loads the task again, with its ground truth."""

    def label(task, truth, rng):
        right = load_task(TASK).vault.reveal(np.arange(len(task)), "score")
        return np.eye(len(task.choices))[right]

    return Labeler(label)


@supervisor("scales")
def scales() -> Labeler:
    """Scales the inputs in place."""

    def label(task, truth, rng):
        task.inputs[:] = task.inputs * 0.5 + 1
        return even(task)

    return Labeler(label)


@supervisor("by-position")
def by_position() -> Labeler:
    """Labels by the position in the file."""

    def label(task, truth, rng):
        return np.eye(len(task.choices))[np.arange(len(task)) % len(task.choices)]

    return Labeler(label)


@supervisor("against-help")
def against_help() -> Labeler:
    """Compares itself with a judge that is helped too."""
    return Labeler(lambda task, truth, rng: even(task), unaided="pixel-debate")
