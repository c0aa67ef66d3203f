"""Paired differences between methods, and Holm's correction for many comparisons."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr

from truing.measures._bootstrap import CrossedMoves, estimate_mean, spread_of, sum_clusters
from truing.measures._checks import (
    check_clusters,
    check_correctness,
    check_resampling,
    check_same_shape,
    check_scores,
)
from truing.measures._estimate import Estimate
from truing.measures._metrics import smallest_class


@dataclass(frozen=True)
class Difference(Estimate):
    """Mean difference in accuracy or another metric, first minus second, -1..1.

    Attributes:
        p: two-sided p-value of the hypothesis of no difference.
    """

    value: float
    low: float
    high: float
    p: float


def paired_difference(
    first,
    second,
    *,
    clusters=None,
    truth=None,
    rng: np.random.Generator,
    level: float = 0.95,
    replicates: int = 2000,
) -> Difference:
    """Mean difference in accuracy, or another metric, of two methods on the same seeds and items.

    The interval comes from the crossed bootstrap. p is that of a two-sided t test with t = value /
    standard error and Satterthwaite's degrees of freedom. The standard error is the one of
    infinitely many replicates, so p has no Monte Carlo noise. p is never below 2^(1 - C), the
    smallest two-sided p-value of a sign test on C clusters. With one seed both cover only the
    sampling of items.

    Args:
        first: (S, N) correctness, 0..1, or `item_scores` of another metric.
        second: (S, N) correctness or scores on the same seeds and items.
        clusters: (N,) integers, equal for related items; None if the items are independent.
        truth: (N,) classes of the items, if the arrays are scores of another metric than accuracy;
            C is then the number of clusters of the smallest class.
        rng: random generator of the replicates.
        level: confidence level.
        replicates: number of bootstrap replicates B.

    Raises:
        ValueError: shapes differ, values are outside 0..1 or not finite, there are fewer than two
            clusters, or an option is out of range.

    Examples:
        >>> import numpy as np
        >>> from truing.measures import paired_difference
        >>> rng = np.random.default_rng(0)
        >>> first, second = rng.random((3, 300)) < 0.8, rng.random((3, 300)) < 0.7
        >>> found = paired_difference(first, second, rng=rng)
        >>> f"{found.value:+.3f} [{found.low:+.3f}, {found.high:+.3f}], p {found.p:.2g}"
        '+0.080 [-0.021, +0.170], p 0.07'
    """
    replicates = check_resampling(rng, level, replicates)
    check = check_correctness if truth is None else check_scores
    first, second = check("first", first), check("second", second)
    check_same_shape(first=first, second=second)
    units = None if truth is None else smallest_class(truth, clusters)
    difference_1SN = (first - second)[None]
    totals = sum_clusters(difference_1SN, check_clusters(clusters, first.shape[1]))
    value = float(totals.means[0])
    moves_B = CrossedMoves.draw(totals, rng, replicates).of_means(totals)[:, 0]
    influence_SC = totals.influences()[0]
    found = estimate_mean(value, moves_B, influence_SC, level, units)
    assert found.low is not None  # the replicates of a mean are finite
    assert found.high is not None
    return Difference(value, found.low, found.high, p_of_influence(value, influence_SC, units))


def p_of_influence(value: float, influence_SC: np.ndarray, units: int | None) -> float:
    """Two-sided p-value of the hypothesis that the mean is 0; 1 if the value is exactly 0."""
    if value == 0.0:
        return 1.0
    spread = spread_of(influence_SC, units)
    fewest = 2.0 ** (1 - spread.clusters)
    if spread.variance == 0.0:
        return fewest
    t = abs(value) / np.sqrt(spread.variance)
    return float(max(2.0 * stdtr(spread.degrees_of_freedom, -t), fewest))


def holm(p_values) -> np.ndarray:
    """(m,) step-down adjusted p-values (Holm 1979), in the order of the argument.

    The i-th smallest of m p-values is multiplied by m - i + 1. An adjusted value is at least the
    adjusted value of each smaller p-value, and at most 1. A NaN (a comparison without a p-value)
    remains NaN and is not counted among the m.

    Args:
        p_values: (m,) p-values, 0..1 or NaN.

    Raises:
        ValueError: the array is not one-dimensional, or a value is outside 0..1.

    Examples:
        >>> from truing.measures import holm
        >>> holm([0.01, 0.04, 0.03])
        array([0.03, 0.06, 0.06])
    """
    p_m = np.asarray(p_values, dtype=float)
    if p_m.ndim != 1:
        raise ValueError(f"p_values must have shape (m,), got {p_m.shape}")
    made = np.flatnonzero(~np.isnan(p_m))
    if made.size and (p_m[made].min() < 0.0 or p_m[made].max() > 1.0):
        outside = p_m[made][(p_m[made] < 0.0) | (p_m[made] > 1.0)][0]
        raise ValueError(f"p_values must be from 0 to 1, or NaN, got {outside:.6g}")
    ascending = made[np.argsort(p_m[made], kind="stable")]
    stepped = p_m[ascending] * np.arange(made.size, 0, -1)
    adjusted_m = np.full(p_m.shape, np.nan)
    adjusted_m[ascending] = np.minimum(np.maximum.accumulate(stepped), 1.0)
    return adjusted_m
