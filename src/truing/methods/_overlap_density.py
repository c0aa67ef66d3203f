"""Overlap density (Shin, Cooper and Sala 2025, arXiv 2412.03881, algorithm 2)."""

import numpy as np

from truing.methods._method import Method, follow, method

BLOCK = 1 << 20  # similarities in memory at a time


@method("overlap-density")
def overlap_density(others: float = 0.0) -> Method:
    """Learn from sure items that resemble unsure ones: both patterns overlap there (Shin 2025).

    Items whose weak label is unsure are hard-only; of the sure ones, those most similar to a
    hard-only item in the student's features hold the easy pattern that the supervisor reads and the
    hard one that the student can learn. Both borders are the single change point, by least squares,
    of the sorted scores. The score of sureness is the margin between the first and the second
    choice, which for two choices is the paper's. Similarity is the absolute cosine of the features
    as they are, neither centered nor scaled, as in the authors' code (SprocketLab/datacentric_w2s).
    Items whose sureness equals the border are sure here and hard-only in that code, where labels
    with few levels of confidence would leave no sure item.

    Args:
        others: weight of the items outside the overlap; the paper drops them.
    """
    if not 0 <= others <= 1:
        raise ValueError(f"others must lie in [0, 1], not {others}")

    def prepare(evidence):
        weights = np.full(len(evidence.weak), others)
        weights[overlapping(evidence.weak, evidence.features)] = 1
        return evidence.weak, weights

    return Method(targets=follow, static=True, prepare=prepare)


def overlapping(weak, features):
    """(n,) whether an item lies in the overlap; all where no two groups can be separated.

    Args:
        weak: (n, k) labels.
        features: (n, ...) what the student sees; NaN, of absent choices, counts as 0.
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
    """(n,) largest absolute cosine of each row with any chosen row, in memory linear in n."""
    unit = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    others = unit[chosen].T
    size = max(1, BLOCK // others.shape[1])
    blocks = (unit[at : at + size] @ others for at in range(0, len(unit), size))
    return np.concatenate([np.abs(block).max(axis=1) for block in blocks])


def change_point(scores):
    """Score at which two constant levels fit the sorted scores best, by least squares."""
    ordered = np.sort(scores)
    n = len(ordered)
    if n < 2:
        return ordered[0]
    left = np.arange(1, n)
    total = np.cumsum(ordered)
    between = total[:-1] ** 2 / left + (total[-1] - total[:-1]) ** 2 / (n - left)
    return ordered[int(np.argmax(between)) + 1]
