"""Accuracy class by class: one mean can hide a class that is never recognised."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from truing.measures._bootstrap import ONE_SEED_NOTE, CrossedMoves, estimate_accuracy, sum_clusters
from truing.measures._checks import (
    check_clusters,
    check_correctness,
    check_generator,
    check_level,
    check_replicates,
    check_truth,
)
from truing.measures._estimate import Estimate


@dataclass(frozen=True)
class ClassAccuracy:
    """Accuracy class by class.

    Attributes:
        classes: k accuracies; without a value for a class without items, and with the interval
            [0, 1] where a class has fewer than two clusters.
        items: k numbers of items.
        assumptions: when the reading holds.
    """

    classes: tuple[Estimate, ...]
    items: tuple[int, ...]
    assumptions: tuple[str, ...]


def class_accuracy(
    correct,
    truth,
    k: int,
    clusters,
    rng: np.random.Generator,
    *,
    level: float = 0.95,
    replicates: int = 2000,
) -> ClassAccuracy:
    """Accuracy on the items of each true class, with the crossed bootstrap's intervals.

    Args:
        correct: (S, N) correctness, 0..1.
        truth: (N,) integers 0..k-1.
        k: number of classes.
        clusters: (N,) integers, equal for related items; None where items are independent.
        rng: source of the replicates, used class by class.
        level: confidence level of each interval by itself.
        replicates: number of bootstrap replicates B.

    Raises:
        ValueError: shapes differ, values out of range, or an option out of range.
    """
    check_generator(rng)
    replicates = check_replicates(replicates, check_level(level))
    correct_SN = check_correctness("correct", correct)
    truth_N = check_truth(truth, correct_SN.shape[1], k)
    clusters_N = check_clusters(clusters, correct_SN.shape[1])
    classes, items = [], []
    for label in range(k):
        of_class = np.flatnonzero(truth_N == label)
        own_clusters = None if clusters_N is None else clusters_N[of_class]
        part_SN = correct_SN[:, of_class]
        classes.append(_accuracy_of(part_SN, own_clusters, rng, level, replicates))
        items.append(int(of_class.size))
    assumptions = ["intervals hold one class at a time, not all classes at once"]
    assumptions += [ONE_SEED_NOTE] if correct_SN.shape[0] == 1 else []
    return ClassAccuracy(tuple(classes), tuple(items), tuple(assumptions))


def _accuracy_of(
    correct_SN: np.ndarray,
    clusters_N: np.ndarray | None,
    rng: np.random.Generator,
    level: float,
    replicates: int,
) -> Estimate:
    """One mean accuracy; its interval is [0, 1] where there are not two clusters to tell."""
    value = float(correct_SN.mean()) if correct_SN.shape[1] else None
    units = correct_SN.shape[1] if clusters_N is None else np.unique(clusters_N).size
    if value is None or units < 2:
        return Estimate(value, 0.0, 1.0)
    totals = sum_clusters(correct_SN[None], clusters_N)
    moves_B = CrossedMoves.draw(totals, rng, replicates).of_means(totals)[:, 0]
    return estimate_accuracy(value, moves_B, totals.influences()[0], level)
