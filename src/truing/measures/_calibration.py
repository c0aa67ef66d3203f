"""Expected calibration error (ECE) of clustered judgements, with an interval."""

from __future__ import annotations

import math

import numpy as np

from truing.measures._contrast import SMALLEST_SPREAD, Mean, Resampling, estimate_unseen
from truing.measures._estimate import UNDEFINED, Estimate
from truing.measures._reweight import reweight_clusters

BINS = 10


def calibration_error(
    confidence_N: np.ndarray, hits_N: np.ndarray, clusters_N: np.ndarray, how: Resampling
) -> Estimate:
    """`expected_calibration_error` in 10 bins of exactly equal mass, with its interval.

    If the number of rows is not a multiple of 10, a row on an edge is shared by two bins, so
    writing each row twice changes nothing.

    The ECE is biased upwards, because sampling noise moves each bin away from 0. Its replicates are
    biased too, so their percentiles would exclude perfect calibration. By the triangle inequality
    the error of the ECE is at most the sum over bins of the errors of the bins. The interval is the
    ECE plus and minus the `level` quantile of this sum over replicates, times sqrt((C - 1) / (C -
    10)) for C clusters, because the mean of each bin costs a degree of freedom. The interval is
    conservative. With 10 clusters or fewer it is 0 to 1. The bins are not drawn again.

    Args:
        confidence_N: (N,) probability of the likeliest answer.
        hits_N: (N,) whether that answer is right; a tie shares its hit, as in `correctness`.
        clusters_N: (N,) integers, equal for related rows.
        how: how the interval is drawn.
    """
    if confidence_N.size == 0:
        return UNDEFINED
    numbers, clusters_N, counts_C = np.unique(clusters_N, return_inverse=True, return_counts=True)
    surplus_NM = (confidence_N - hits_N)[:, None] * _shares(confidence_N)
    surplus_MC = np.stack([Mean.of(bin_N, clusters_N, numbers.size).sums for bin_N in surplus_NM.T])
    value = float(np.abs(surplus_MC.sum(axis=1)).sum() / confidence_N.size)
    C = counts_C.size
    if C <= BINS:
        return Estimate(value, 0.0, 1.0) if C > 1 else Estimate.point(value)
    moves_BM = reweight_clusters(surplus_MC, counts_C.astype(float), how.rng(), how.replicates)
    if np.abs(moves_BM).max() <= SMALLEST_SPREAD:
        return estimate_unseen(value, (0.0, 1.0), C, how.level)
    reach = float(np.quantile(np.abs(moves_BM).sum(axis=1), how.level, method="higher"))
    reach *= math.sqrt((C - 1) / (C - BINS))
    return Estimate(value, max(value - reach, 0.0), min(value + reach, 1.0))


def _shares(confidence_N: np.ndarray) -> np.ndarray:
    """(N, bins) share of each row in each bin; rows with equal confidence have equal shares."""
    _, point_N, counts = np.unique(confidence_N, return_inverse=True, return_counts=True)
    stops = np.cumsum(counts)
    low, high = (stops - counts)[:, None] / stops[-1], stops[:, None] / stops[-1]
    edges = np.arange(BINS + 1) / BINS
    overlap = np.minimum(high, edges[1:]) - np.maximum(low, edges[:-1])
    return (np.maximum(overlap, 0.0) / (high - low))[point_N]
