"""Gain: the accuracy difference from naive training on the items of a tier."""

from __future__ import annotations

import numpy as np

from truing.measures import Difference, correctness, paired_difference
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


def difference_of_plays(
    right: np.ndarray, baseline: np.ndarray, clusters: np.ndarray | None, rng: np.random.Generator
) -> Difference:
    """The accuracy difference of two protocols that were played on the same questions.

    The plays of a question are averaged over the seeds, and the interval covers the choice of
    questions and the draws of each play. A seed draws the order of the answers and the replies for
    each question separately, so questions share no effect of a seed. Crossed seeds, as in a study,
    would estimate an effect that does not exist, from two seeds with one degree of freedom.
    `benchmarks/contest_coverage.py` checks the coverage.

    Args:
        right, baseline: (S, N) share of plays in which the judge is right, by seed and question.
        clusters: (N,) cluster of each question; None if each is its own.
        rng: random generator of the bootstrap.
    """
    first, second = (one.mean(axis=0, keepdims=True) for one in (right, baseline))
    return paired_difference(first, second, clusters=clusters, rng=rng)


def tier_items(source: Source, tier: Tier) -> np.ndarray:
    """Indices (n,) of the items of a tier."""
    splits = source.task.splits(0)
    return splits.sealed if tier == "sealed" else splits.test
