"""Expected calibration error of clustered judgements, with an interval."""

from __future__ import annotations

import math

import numpy as np

from truing.measures._bootstrap import reweight_clusters
from truing.measures._contrast import SMALLEST_SPREAD, Mean, Resampling, estimate_unseen
from truing.measures._estimate import UNDEFINED, Estimate

BINS = 10


def calibration_error(
    confidence_N: np.ndarray, hits_N: np.ndarray, clusters_N: np.ndarray, how: Resampling
) -> Estimate:
    """`expected_calibration_error` in 10 bins of exactly equal mass, and its interval.

    Where the rows do not divide by 10, a row on an edge is shared by two bins, so that writing each
    row twice changes nothing.

    The figure is biased upwards, since chance alone moves every bin off zero, and so are its
    replicates: their percentiles would deny that anybody is calibrated. By the triangle inequality
    the figure is off by no more than the sum over bins of what each is off; the interval is the
    figure plus and minus the `level` quantile of that sum over replicates, each bin's mean having
    cost a degree of freedom. It errs on the wide side, and with 10 clusters or fewer it is 0 to 1.
    Bins stay those of the data.

    Args:
        confidence_N: (N,) probability of the likeliest answer.
        hits_N: (N,) whether it is right; a tie for the top shares its hit, as in `correctness`.
        clusters_N: (N,) integers.
        how: how intervals are drawn.
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
    """(N, bins) share of each row in each bin; equal confidences are one point, spread alike."""
    _, point_N, counts = np.unique(confidence_N, return_inverse=True, return_counts=True)
    stops = np.cumsum(counts)
    low, high = (stops - counts)[:, None] / stops[-1], stops[:, None] / stops[-1]
    edges = np.arange(BINS + 1) / BINS
    held = np.minimum(high, edges[1:]) - np.maximum(low, edges[:-1])
    return (np.maximum(held, 0.0) / (high - low))[point_N]
