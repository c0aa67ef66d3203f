"""Planted noise: a simulated supervisor with a given accuracy, for controls."""

from __future__ import annotations

import numpy as np

from truing.arguments import ShareOrZero
from truing.supervisors._supervisor import Labeler, supervisor
from truing.tasks import Task


@supervisor("simulated-noise")
def simulated_noise(accuracy: ShareOrZero = 0.8) -> Labeler:
    """Simulated: ground truth with uniformly random errors and calibrated confidence.

    It reads the ground truth of every item, which no real supervisor does, so that results with it
    are marked as simulated. Its labels of unanswerable items are uniform.

    Args:
        accuracy: share of correct labels, and the probability of the labeled choice.
    """

    def label(task: Task, truth: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        counts = task.choice_counts
        wrong = (truth + rng.integers(1, counts, size=len(task))) % counts
        choice = np.where(rng.random(len(task)) < accuracy, truth, wrong)
        rest = ((1 - accuracy) / (counts - 1))[:, None]
        labels = np.where(np.arange(len(task.choices)) < counts[:, None], rest, 0.0)
        labels[np.arange(len(task)), choice] = accuracy
        return np.where(truth[:, None] < 0, 1 / counts[:, None], labels)

    return Labeler(label, sees="everything")
