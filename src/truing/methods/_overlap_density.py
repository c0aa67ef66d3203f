"""Overlap density (Shin, Cooper and Sala 2025, arXiv 2412.03881, algorithm 2)."""

import numpy as np

from truing.arguments import ShareOrZero
from truing.methods._method import Method, follow, method

BLOCK = 1 << 20  # number of similarities in memory at a time


@method("overlap-density")
def overlap_density(others: ShareOrZero = 0.0) -> Method:
    """Learn from confident items that are similar to unconfident items (Shin et al. 2025).

    Items with an unconfident weak label are hard-only. The confident items most similar to a
    hard-only item, in the student's features, are the overlap: they contain the easy pattern that
    the supervisor uses and the hard pattern that the student can learn. Both thresholds are the
    change point of the sorted scores: the split into two constant levels with the least squared
    error. The confidence score is the margin between the most likely and the second most likely
    choice; for two choices it is the score of the paper. Similarity is the absolute cosine of the
    features, neither centered nor scaled, as in the authors' code (SprocketLab/datacentric_w2s).
    Items whose score equals the threshold are confident here and hard-only in that code, where
    labels with few levels of confidence would leave no confident item.

    Args:
        others: weight of the items outside the overlap; the paper drops them.
    """

    def prepare(evidence):
        weights = np.full(len(evidence.weak), others)
        weights[overlapping(evidence.weak, evidence.features)] = 1
        return evidence.weak, weights

    return Method(targets=follow, static=True, prepare=prepare)


def overlapping(weak, features):
    """(n,) whether an item is in the overlap; all True if the scores have a single level.

    Args:
        weak: (n, k) labels.
        features: (n, ...) the student's features; NaN (an absent choice) counts as 0.
    """
    ordered = np.sort(weak, axis=1)
    sureness = ordered[:, -1] - ordered[:, -2]
    hard = sureness < change_point(sureness)
    if not hard.any():
        return np.ones(len(weak), bool)
    rows = np.nan_to_num(features.reshape(len(features), -1).astype(np.float64))
    similarity = closeness(rows, hard)
    return ~hard & (similarity >= change_point(similarity[~hard]))


def closeness(rows, chosen):
    """(n,) largest absolute cosine of each row with a chosen row; memory is linear in n."""
    unit = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    others = unit[chosen].T
    size = max(1, BLOCK // others.shape[1])
    blocks = (unit[at : at + size] @ others for at in range(0, len(unit), size))
    return np.concatenate([np.abs(block).max(axis=1) for block in blocks])


def change_point(scores):
    """First score of the upper level, where two constant levels fit the sorted scores best."""
    ordered = np.sort(scores)
    n = len(ordered)
    if n < 2:
        return ordered[0]
    left = np.arange(1, n)
    total = np.cumsum(ordered)
    between = total[:-1] ** 2 / left + (total[-1] - total[:-1]) ** 2 / (n - left)
    return ordered[int(np.argmax(between)) + 1]
