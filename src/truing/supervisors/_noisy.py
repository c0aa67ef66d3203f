"""A supervisor that is right as often as one wants: planted noise, for controls."""

from __future__ import annotations

import numpy as np

from truing.supervisors._supervisor import Labeller, supervisor
from truing.tasks import Task


@supervisor("simulated-noise")
def simulated_noise(accuracy: float = 0.8) -> Labeller:
    """Simulated: the truth with errors planted evenly at random, and calibrated confidence.

    It reads the truth of every item, which no real supervisor does; what it yields is simulated.

    Args:
        accuracy: share of items that it labels right, and the probability it gives its choice.
    """
    if not 0 <= accuracy <= 1:
        raise ValueError(f"accuracy must lie in [0, 1], not {accuracy}")

    def label(task: Task, truth: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        counts = task.choice_counts
        wrong = (truth + rng.integers(1, counts, size=len(task))) % counts
        choice = np.where(rng.random(len(task)) < accuracy, truth, wrong)
        rest = ((1 - accuracy) / (counts - 1))[:, None]
        labels = np.where(np.arange(len(task.choices)) < counts[:, None], rest, 0.0)
        labels[np.arange(len(task)), choice] = accuracy
        return labels

    return Labeller(label, sees="everything")
