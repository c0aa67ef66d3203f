"""Accuracy beside what one class alone would reach: majority rate, balanced accuracy, AUROC."""

from __future__ import annotations

import numpy as np
from scipy import stats

from truing.measures._accuracy import correctness


def majority_correctness(truth) -> np.ndarray:
    """(N,) floats: 1 where the true class is the most common class of these items.

    Its mean is the majority rate, the accuracy of a classifier that always names this class. Of
    classes that are equally common the first counts.

    Args:
        truth: (N,) integers, one or more items.
    """
    truth_N = np.asarray(truth)
    return (truth_N == np.bincount(truth_N).argmax()).astype(float)


def balanced_accuracy(beliefs, truth) -> float:
    """Mean over the classes that occur of the accuracy on each class; chance level is 1/k.

    Args:
        beliefs: (..., N, k) probabilities; leading dimensions, such as seeds, are averaged.
        truth: (N,) integers 0..k-1.

    Raises:
        ValueError: shapes, ranges or sums are not those of probabilities and their truth.
    """
    right = correctness(beliefs, truth)
    classes = np.unique(truth)
    return float(np.mean([right[..., np.asarray(truth) == label].mean() for label in classes]))


def auroc(beliefs, truth) -> float | None:
    """Area under the receiver operating characteristic; None unless there are two classes.

    The probability that a random item of class 1 has a higher belief in class 1 than a random item
    of class 0; ties count half (Hanley & McNeil 1982). Chance level is 0.5.

    Args:
        beliefs: (..., N, k) probabilities; leading dimensions, such as seeds, are averaged.
        truth: (N,) integers 0..k-1.
    """
    beliefs_Nk, truth_N = np.asarray(beliefs, dtype=float), np.asarray(truth)
    positives = int((truth_N == 1).sum())
    negatives = truth_N.size - positives
    if beliefs_Nk.shape[-1] != 2 or not positives or not negatives:
        return None
    ranks_N = stats.rankdata(beliefs_Nk[..., 1], axis=-1)
    above = ranks_N[..., truth_N == 1].sum(axis=-1) - positives * (positives + 1) / 2
    return float((above / (positives * negatives)).mean())
