"""Accuracy per class: a mean can hide a class that is never recognized."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from truing.measures._bootstrap import ONE_SEED_NOTE, CrossedMoves, estimate_accuracy, sum_clusters
from truing.measures._checks import check_clusters, check_correctness, check_resampling, check_truth
from truing.measures._estimate import Estimate


@dataclass(frozen=True)
class ClassAccuracy:
    """Accuracy per class.

    Attributes:
        classes: k accuracies. The value is None for a class without items. The interval is [0, 1]
            for a class with fewer than two clusters.
        items: k numbers of items.
        assumptions: conditions under which the usual interpretation is valid.
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
    """Accuracy on the items of each true class, with intervals from the crossed bootstrap.

    Args:
        correct: (S, N) correctness, 0..1.
        truth: (N,) integers 0..k-1, the right classes.
        k: number of classes.
        clusters: (N,) integers, equal for related items; None if the items are independent.
        rng: random generator of the replicates, used for one class after the other.
        level: confidence level of each single interval.
        replicates: number of bootstrap replicates B.

    Raises:
        ValueError: shapes differ, or values or an option are out of range.

    Examples:
        >>> import numpy as np
        >>> from truing.measures import class_accuracy
        >>> correct = [[1, 1, 0, 0, 1, 0], [1, 1, 0, 1, 1, 0]]  # two seeds, six items
        >>> found = class_accuracy(correct, [0, 0, 1, 1, 1, 1], 2, None, np.random.default_rng(0))
        >>> [one.value for one in found.classes], found.items
        ([1.0, 0.375], (2, 4))
    """
    replicates = check_resampling(rng, level, replicates)
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
    # This text is stored in run folders, so it stays as version 0.1.0 wrote it.
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
    """Mean accuracy; the interval is [0, 1] with fewer than two clusters."""
    value = float(correct_SN.mean()) if correct_SN.shape[1] else None
    units = correct_SN.shape[1] if clusters_N is None else np.unique(clusters_N).size
    if value is None or units < 2:
        return Estimate(value, 0.0, 1.0)
    totals = sum_clusters(correct_SN[None], clusters_N)
    moves_B = CrossedMoves.draw(totals, rng, replicates).of_means(totals)[:, 0]
    return estimate_accuracy(value, moves_B, totals.influences()[0], level)
