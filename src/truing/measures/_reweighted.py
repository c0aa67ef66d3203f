"""Intervals of statistics of clustered rows, from the Bayesian bootstrap (Rubin 1981).

Each replicate gives each cluster an exponential weight and computes the statistic again. The
deviations of the replicates are stretched from normal to Student's quantiles, with C - 1 degrees of
freedom for C clusters, and by sqrt(C / (C - 1)), since the weights have the variance of C.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from truing.measures._estimate import UNDEFINED, Estimate, percentile_estimate, student_stretch

Statistic = Callable[[np.ndarray], np.ndarray]
"""(B, N) positive weights of the rows, each with sum 1 -> (B,) values, NaN where undefined."""


def estimate_reweighted(
    statistic: Statistic,
    clusters_N: np.ndarray,
    *,
    rng: np.random.Generator,
    level: float = 0.95,
    replicates: int = 2000,
    centered: bool = False,
    bounds: tuple[float, float] = (-math.inf, math.inf),
) -> Estimate:
    """A statistic of rows with its interval; no interval with one cluster.

    Args:
        statistic: computes the statistic for rows of weights.
        clusters_N: (N,) integers, equal for related rows.
        rng: random generator of the weights.
        level: confidence level.
        replicates: number of replicates B.
        centered: move the mean of the replicates to the value of the data. It removes the bias of
            the replicates of a statistic that noise moves in one direction, such as a mean of
            squares.
        bounds: smallest and largest possible value.
    """
    N = clusters_N.size
    value = float(statistic(np.full((1, N), 1 / N))[0]) if N else math.nan
    if not math.isfinite(value):
        return UNDEFINED
    _, index_N = np.unique(clusters_N, return_inverse=True)
    C = int(index_N.max()) + 1
    if C == 1:
        return Estimate.point(value)
    weights_BN = rng.standard_exponential((replicates, C))[:, index_N]
    found_B = statistic(weights_BN / weights_BN.sum(axis=1, keepdims=True))
    undefined_B = ~np.isfinite(found_B)
    middle = float(found_B[~undefined_B].mean()) if centered and not undefined_B.all() else value
    stretch = student_stretch(level, C - 1) * math.sqrt(C / (C - 1))
    moved_B = value + stretch * (np.where(undefined_B, value, found_B) - middle)
    moved_B = np.clip(moved_B, *bounds)
    return percentile_estimate(value, moved_B, level, undefined=undefined_B)
