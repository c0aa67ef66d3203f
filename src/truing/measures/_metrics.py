"""Metrics of beliefs, as scores of single items: accuracy, balanced accuracy and AUROC.

The scores of the items have the metric as their mean. The score of an item is the metric plus the
item's influence on it, so the variance of their mean is the sampling variance of the metric. For
AUROC the influences are the structural components of DeLong, DeLong and Clarke-Pearson (1988), and
the variance is theirs. Everything that is computed from correctness (the crossed bootstrap, pairs,
clusters, PGR) is computed from such scores in the same way.
"""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np

from truing.measures._accuracy import correctness
from truing.measures._checks import check_beliefs, check_clusters, check_truth

Metric = Literal["accuracy", "auroc", "balanced_accuracy"]
METRICS: tuple[Metric, ...] = get_args(Metric)


def item_scores(metric: Metric, beliefs, truth) -> np.ndarray:
    """Scores of the items, whose mean over the items is the metric.

    - accuracy: the correctness of an item.
    - balanced_accuracy: the mean over classes of the accuracy r_c on class c. An item of class c
      has the score metric + N / (K n_c) (correctness - r_c), for N items, K classes that occur, and
      n_c items of the class.
    - auroc: with two classes only. An item of class c has the score
      metric + N / n_c (share - metric), where `share` is the share of the items of the other class
      that are ranked correctly compared with this item (a tie counts 0.5).

    For the last two, deviations are multiplied by sqrt(n_c / (n_c - 1)), which makes the variance
    of the mean unbiased (DeLong et al. 1988).

    Args:
        metric: `accuracy`, `auroc` or `balanced_accuracy`.
        beliefs: (..., N, k) probabilities, such as (seeds, items, classes).
        truth: (N,) integers 0..k-1, the right classes.

    Returns:
        (..., N) floats. Only the scores of accuracy are within 0..1.

    Raises:
        ValueError: the metric is unknown, shapes differ, rows are not probabilities, truth is out
            of range, a class has a single item, or AUROC is asked for without two classes.

    Examples:
        >>> from truing.measures import item_scores
        >>> beliefs = [[0.9, 0.1], [0.6, 0.4], [0.7, 0.3], [0.2, 0.8]]
        >>> scores = item_scores("auroc", beliefs, truth=[0, 0, 1, 1])
        >>> round(float(scores.mean()), 3)
        0.75
    """
    if metric not in METRICS:
        raise ValueError(f"metric must be one of {', '.join(METRICS)}, got {metric!r}")
    beliefs_Nk = check_beliefs("beliefs", beliefs)
    truth_N = check_truth(truth, *beliefs_Nk.shape[-2:])
    if metric == "accuracy":
        return correctness(beliefs_Nk, truth_N)
    labels, counts = np.unique(truth_N, return_counts=True)
    if metric == "auroc" and not labels.size == beliefs_Nk.shape[-1] == 2:
        raise ValueError(
            f"auroc needs items of two classes, got {labels.size} of {beliefs_Nk.shape[-1]} classes"
        )
    if counts.min() < 2:
        raise ValueError(
            f"{metric} needs 2 or more items of each class, class {labels[counts.argmin()]} has 1"
        )
    own_N = correctness(beliefs_Nk, truth_N) if metric != "auroc" else _ranked(beliefs_Nk, truth_N)
    return _around_class_means(own_N, truth_N, 1.0 if metric == "auroc" else 1.0 / labels.size)


def known_metrics(truth, classes: int) -> tuple[Metric, ...]:
    """Metrics that `item_scores` can compute on items with these classes.

    Args:
        truth: (N,) integers, the right classes.
        classes: number of classes k.

    Examples:
        >>> from truing.measures import known_metrics
        >>> known_metrics([0, 1, 2, 0, 1, 2], classes=3)
        ('accuracy', 'balanced_accuracy')
    """
    counts = np.bincount(truth, minlength=classes)
    if counts[counts > 0].min() < 2:
        return ("accuracy",)
    two = classes == 2 and bool((counts > 0).all())
    return METRICS if two else ("accuracy", "balanced_accuracy")


def smallest_class(truth, clusters=None) -> int:
    """Number of clusters with items of the class that occurs in the fewest clusters.

    It bounds what a metric of classes can show: the intervals of AUROC and balanced accuracy have
    the degrees of freedom of this class.

    Args:
        truth: (N,) integers, the classes of the items.
        clusters: (N,) integers, equal for related items; None if the items are independent.

    Examples:
        >>> from truing.measures import smallest_class
        >>> smallest_class([0, 0, 0, 1, 1]), smallest_class([0, 0, 0, 1, 1], [1, 2, 3, 3, 3])
        (2, 1)
    """
    truth_N = np.asarray(truth)
    clusters_N = check_clusters(clusters, truth_N.size)
    clusters_N = np.arange(truth_N.size) if clusters_N is None else clusters_N
    return min(np.unique(clusters_N[truth_N == label]).size for label in np.unique(truth_N))


def _ranked(beliefs_Nk: np.ndarray, truth_N: np.ndarray) -> np.ndarray:
    """(..., N) share of the items of the other class that are ranked correctly against an item."""
    from scipy.stats import rankdata  # takes half a second

    belief_N = beliefs_Nk[..., 1]
    # Rank among all items minus rank in the own class: items of the other class below, ties 0.5.
    below_N = rankdata(belief_N, axis=-1)
    for label in (0, 1):
        of_class = truth_N == label
        below_N[..., of_class] -= rankdata(belief_N[..., of_class], axis=-1)
    positives = truth_N == 1
    others_N = np.where(positives, (~positives).sum(), positives.sum())
    share_N = below_N / others_N
    return np.where(positives, share_N, 1.0 - share_N)


def _around_class_means(own_N: np.ndarray, truth_N: np.ndarray, weight: float) -> np.ndarray:
    """(..., N) mean of the class means, plus the deviations from them, weighted by N / n_c."""
    labels = np.unique(truth_N)
    means = [own_N[..., truth_N == label].mean(axis=-1, keepdims=True) for label in labels]
    scores_N = np.broadcast_to(np.mean(means, axis=0), own_N.shape).copy()
    for label, mean in zip(labels, means, strict=True):
        of_class = truth_N == label
        n = int(of_class.sum())
        factor = weight * truth_N.size / n * np.sqrt(n / (n - 1))
        scores_N[..., of_class] += factor * (own_N[..., of_class] - mean)
    return scores_N
