"""Differences between methods on the same seeds and items, and many of them at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from truing.measures._bootstrap import CrossedMoves, estimate_mean, spread_of, sum_clusters
from truing.measures._checks import (
    check_clusters,
    check_correctness,
    check_generator,
    check_level,
    check_replicates,
    check_same_shape,
)
from truing.measures._estimate import Estimate


@dataclass(frozen=True)
class Difference(Estimate):
    """A mean accuracy difference, first minus second, -1..1.

    Attributes:
        p: two-sided p-value of no difference.
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
    rng: np.random.Generator,
    level: float = 0.95,
    replicates: int = 2000,
) -> Difference:
    """Mean accuracy difference of two methods on the same seeds and items.

    The interval is the crossed bootstrap's; p is Student's t of the value over the standard error
    that those replicates have in the limit of many, with Satterthwaite's degrees of freedom, so it
    carries no Monte Carlo noise. It is never below 2^(1 - C), the smallest two-sided p-value of a
    sign test on C clusters. With one seed both speak of the items' sampling only.

    Args:
        first: (S, N) correctness, 0..1.
        second: (S, N) correctness on the same seeds and items.
        clusters: (N,) integers, equal for related items; None where items are independent.
        rng: source of the replicates.
        level: confidence level.
        replicates: number of bootstrap replicates B.

    Raises:
        ValueError: shapes differ, values outside 0..1 or not finite, fewer than two clusters, or
            an option out of range.
    """
    check_generator(rng)
    replicates = check_replicates(replicates, check_level(level))
    first, second = check_correctness("first", first), check_correctness("second", second)
    check_same_shape(first=first, second=second)
    difference_1SN = (first - second)[None]
    totals = sum_clusters(difference_1SN, check_clusters(clusters, first.shape[1]))
    value = float(totals.means[0])
    moves_B = CrossedMoves.draw(totals, rng, replicates).of_means(totals)[:, 0]
    influence_SC = totals.influences()[0]
    found = estimate_mean(value, moves_B, influence_SC, level)
    assert found.low is not None  # the replicates of a mean are finite
    assert found.high is not None
    return Difference(value, found.low, found.high, _p_value(value, influence_SC))


def _p_value(value: float, influence_SC: np.ndarray) -> float:
    """Two-sided p of a mean being zero; 1 where nothing differs at all."""
    if value == 0.0:
        return 1.0
    spread = spread_of(influence_SC)
    fewest = 2.0 ** (1 - spread.clusters)
    if spread.variance == 0.0:
        return fewest
    t = abs(value) / np.sqrt(spread.variance)
    return float(max(2.0 * stats.t.sf(t, spread.degrees_of_freedom), fewest))


def holm(p_values) -> np.ndarray:
    """Holm's step-down adjusted p-values (Holm 1979), in the order given.

    The i-th smallest of m is multiplied by m - i + 1, never below a smaller one's, capped at 1.
    A NaN (a comparison that could not be made) stays NaN and is not counted among the m.

    Args:
        p_values: (m,) p-values, 0..1 or NaN.

    Raises:
        ValueError: not one-dimensional, or a value outside 0..1.
    """
    p_m = np.asarray(p_values, dtype=float)
    if p_m.ndim != 1:
        raise ValueError(f"p_values have shape {p_m.shape}; allowed is (m,)")
    made = np.flatnonzero(~np.isnan(p_m))
    if made.size and (p_m[made].min() < 0.0 or p_m[made].max() > 1.0):
        outside = p_m[made][(p_m[made] < 0.0) | (p_m[made] > 1.0)][0]
        raise ValueError(f"p_values hold {outside:.6g}; allowed is 0 to 1, or NaN")
    ascending = made[np.argsort(p_m[made], kind="stable")]
    stepped = p_m[ascending] * np.arange(made.size, 0, -1)
    adjusted_m = np.full(p_m.shape, np.nan)
    adjusted_m[ascending] = np.minimum(np.maximum.accumulate(stepped), 1.0)
    return adjusted_m
