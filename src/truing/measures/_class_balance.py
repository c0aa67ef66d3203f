"""Measures for unbalanced classes: majority rate, balanced accuracy, AUROC."""

from __future__ import annotations

import numpy as np

from truing.measures._accuracy import correctness


def majority_correctness(truth) -> np.ndarray:
    """(N,) floats: 1 if the item's class is the most common class of the items, else 0.

    The mean is the majority rate, which is the accuracy of a classifier that always predicts this
    class. If several classes are equally common, the first of them is used.

    Args:
        truth: (N,) integers, the classes of one or more items.

    Examples:
        >>> from truing.measures import majority_correctness
        >>> majority_correctness([0, 1, 1, 1])
        array([0., 1., 1., 1.])
    """
    truth_N = np.asarray(truth)
    return (truth_N == np.bincount(truth_N).argmax()).astype(float)


def balanced_accuracy(beliefs, truth) -> float:
    """Mean of the accuracies on each class that occurs; chance accuracy is 1/k.

    Args:
        beliefs: (..., N, k) probabilities; leading dimensions, such as seeds, are averaged.
        truth: (N,) integers 0..k-1, the right classes.

    Raises:
        ValueError: shapes differ, rows are not probabilities, or truth is out of range.

    Examples:
        >>> from truing.measures import balanced_accuracy
        >>> beliefs = [[0.4, 0.6], [0.1, 0.9], [0.2, 0.8], [0.3, 0.7]]  # always class 1
        >>> balanced_accuracy(beliefs, truth=[0, 1, 1, 1])
        0.5
    """
    right = correctness(beliefs, truth)
    classes = np.unique(truth)
    return float(np.mean([right[..., np.asarray(truth) == label].mean() for label in classes]))


def auroc(beliefs, truth) -> float | None:
    """Area under the receiver operating characteristic; None unless there are two classes.

    AUROC is the probability that a random item of class 1 has a higher belief in class 1 than a
    random item of class 0; a tie counts 0.5 (Hanley & McNeil 1982). The chance level is 0.5.

    Args:
        beliefs: (..., N, k) probabilities; leading dimensions, such as seeds, are averaged.
        truth: (N,) integers 0..k-1, the right classes.

    Examples:
        >>> from truing.measures import auroc
        >>> auroc([[0.9, 0.1], [0.6, 0.4], [0.7, 0.3], [0.2, 0.8]], truth=[0, 0, 1, 1])
        0.75
    """
    from scipy.stats import rankdata  # takes half a second

    beliefs_Nk, truth_N = np.asarray(beliefs, dtype=float), np.asarray(truth)
    positives = int((truth_N == 1).sum())
    negatives = truth_N.size - positives
    if beliefs_Nk.shape[-1] != 2 or not positives or not negatives:
        return None
    ranks_N = rankdata(beliefs_Nk[..., 1], axis=-1)
    above = ranks_N[..., truth_N == 1].sum(axis=-1) - positives * (positives + 1) / 2
    return float((above / (positives * negatives)).mean())
