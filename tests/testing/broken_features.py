"""Feature maps that each violate one condition of a contract."""

from __future__ import annotations

import numpy as np

from truing.students.features import features
from truing.tasks import load_task

TASK = "tests/testing/small_tasks.py:few-digits"


def pixels(task) -> np.ndarray:
    """Pixels, one row per item."""
    return task.inputs.reshape(len(task), -1)


@features("not-a-number")
def not_a_number():
    """Features that are not finite."""
    return lambda task: np.full((len(task), 2), np.nan)


@features("unseeded")
def unseeded():
    """Features that differ in each extraction."""
    return lambda task: np.random.default_rng().normal(size=(len(task), 3))


@features("peeks")
def peeks():
    """The ground truth as a feature."""

    def extract(task):
        truth = load_task(TASK).vault.reveal(np.arange(len(task)), "score")
        return np.stack([pixels(task)[:, 10], truth], axis=1)

    return extract


@features("scales")
def scales():
    """Scales the inputs in place."""

    def extract(task):
        task.inputs[:] = task.inputs * 0.5 + 1
        return pixels(task)

    return extract
