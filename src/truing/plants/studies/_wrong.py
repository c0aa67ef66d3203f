"""Plausible wrong answers."""

from __future__ import annotations

import numpy as np

from truing.plants._plant import Planting
from truing.plants.studies._answers import answers_of, most_likely_other


def plausible_errors(planting: Planting, rng: np.random.Generator) -> np.ndarray:
    """(M,) a wrong answer for each item, by a rule that a student can learn.

    For classes it is the class with which the supervisor confuses the right class most: the largest
    mean probability among the learned items of the right class. So all items of a class have the
    same wrong answer. For items with their own choices it is the choice, other than the right
    choice, that the supervisor finds most likely.

    Args:
        planting: a plant whose honest labels are the ground truth.
        rng: generator for choices that are equally likely.
    """
    right, weak, task = answers_of(planting.labels), planting.weak, planting.task
    if task.kind == "classification":
        said, of = weak[planting.learn], right[planting.learn]
        mean = said.mean(axis=0)
        by_class = [
            said[of == one].mean(axis=0) if (of == one).any() else mean
            for one in range(weak.shape[1])
        ]
        weak = np.stack(by_class)
        return most_likely_other(weak, np.arange(len(weak)), None, rng)[right]
    return most_likely_other(weak, right, task.absent, rng)
