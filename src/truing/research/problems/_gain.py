"""Gain: the accuracy difference from naive training on the items of a tier."""

from __future__ import annotations

import numpy as np

from truing.measures import correctness, paired_difference
from truing.research._evaluation import Gain, Tier
from truing.tasks import Source


def gain_over_naive(
    source: Source, items: np.ndarray, method: np.ndarray, naive: np.ndarray
) -> Gain:
    """The accuracy difference from naive students (S, n, k), scored with the ground truth."""
    truth = source.vault.reveal(items, "score")
    right = correctness(method, truth)
    found = paired_difference(
        right,
        correctness(naive, truth),
        clusters=source.task.clusters[items],
        rng=np.random.default_rng(int(source.task.fingerprint[:32], 16)),
    )
    return Gain.on(source.task.name, float(right.mean()), found)


def tier_items(source: Source, tier: Tier) -> np.ndarray:
    """Indices (n,) of the items of a tier."""
    splits = source.task.splits(0)
    return splits.sealed if tier == "sealed" else splits.test
