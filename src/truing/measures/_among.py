"""Rates among some items of each seed, such as those that a plant changes, and their differences.

Which items count may differ between seeds. A rate is the share of the hits among all counted items
of all seeds, a ratio of two sums. Its interval is that of a mean over seeds and clusters, after the
linearization of the ratio (Cochran 1977, Sampling Techniques, section 6.3): an item that does not
count has no influence.
"""

from __future__ import annotations

import numpy as np

from truing.measures._bootstrap import (
    ClusterSums,
    CrossedMoves,
    estimate_accuracy,
    estimate_mean,
    spread_of,
    sum_clusters,
)
from truing.measures._checks import (
    check_clusters,
    check_correctness,
    check_resampling,
    check_same_shape,
    check_scores,
)
from truing.measures._differences import Difference, p_of_influence
from truing.measures._estimate import Estimate


def rate_among(
    hits,
    counted,
    *,
    clusters=None,
    rng: np.random.Generator,
    level: float = 0.95,
    replicates: int = 2000,
) -> Estimate:
    """Share of hits among the counted items of all seeds.

    Args:
        hits: (S, N) 0 or 1, such as whether a student repeats a planted error.
        counted: (S, N) whether an item counts in a seed.
        clusters: (N,) integers, equal for related items; None if the items are independent.
        rng: random generator of the replicates.
        level: confidence level.
        replicates: number of bootstrap replicates B.

    Raises:
        ValueError: as in `difference_among`.

    Examples:
        >>> import numpy as np
        >>> from truing.measures import rate_among
        >>> counted = np.tile([True, True, True, False], (2, 25))
        >>> hits = np.tile([1, 1, 0, 1], (2, 25))
        >>> round(rate_among(hits, counted, rng=np.random.default_rng(0)).value, 3)
        0.667
    """
    replicates = check_resampling(rng, level, replicates)
    hits_SN = check_correctness("hits", hits)
    values_SN, clusters_N, units = _linearized("hits", hits_SN, counted, clusters)
    totals = sum_clusters(values_SN[None], clusters_N)
    value, moves_B, influence_SC = _moved(totals, rng, replicates)
    return estimate_accuracy(round(value, 12), moves_B, influence_SC, level, units)


def difference_among(
    first,
    second,
    counted,
    *,
    clusters=None,
    rng: np.random.Generator,
    level: float = 0.95,
    replicates: int = 2000,
) -> Difference:
    """Paired difference of two rates among the counted items, first minus second.

    If all items count it is `paired_difference`. If resampling shows no spread, as for the rates 1
    and 0, the interval reaches 1 - ((1 - level) / 2)^(1 / C) to both sides, the bound of Clopper
    and Pearson (1934) for C clusters with counted items.

    Args:
        first: (S, N) 0 or 1, or differences of two such values.
        second: (S, N) values on the same seeds and items.
        counted: (S, N) whether an item counts in a seed, for both rates.
        clusters: (N,) integers, equal for related items; None if the items are independent.
        rng: random generator of the replicates.
        level: confidence level.
        replicates: number of bootstrap replicates B.

    Raises:
        ValueError: shapes differ, values are not finite, fewer than two clusters have a
            counted item, or an option is out of range.

    Examples:
        >>> import numpy as np
        >>> from truing.measures import difference_among
        >>> rng = np.random.default_rng(0)
        >>> counted = rng.random((5, 300)) < 0.3
        >>> planted, twin = rng.random((5, 300)) < 0.7, rng.random((5, 300)) < 0.1
        >>> found = difference_among(planted, twin, counted, rng=rng)
        >>> f"{found.value:.2f} [{found.low:.2f}, {found.high:.2f}]"
        '0.59 [0.53, 0.65]'
    """
    replicates = check_resampling(rng, level, replicates)
    first_SN, clusters_N, units = _linearized("first", first, counted, clusters)
    second_SN, _, _ = _linearized("second", second, counted, clusters)
    check_same_shape(first=first_SN, second=second_SN)
    totals = sum_clusters((first_SN - second_SN)[None], clusters_N)
    value, moves_B, influence_SC = _moved(totals, rng, replicates)
    p = p_of_influence(value, influence_SC, units)
    if spread_of(influence_SC, units).variance < TINY:
        reach = 1.0 - ((1.0 - level) / 2.0) ** (1.0 / units)
        return Difference(value, value - reach, value + reach, p)
    found = estimate_mean(value, moves_B, influence_SC, level, units)
    assert found.low is not None  # the replicates of a mean are finite
    assert found.high is not None
    return Difference(value, found.low, found.high, p)


TINY = 1e-20  # variance of a rate without spread, up to rounding


def _linearized(name: str, values, counted, clusters) -> tuple[np.ndarray, np.ndarray | None, int]:
    """Values (S, N) with the mean and the influences of the rate; clusters; clusters that count."""
    values_SN, counted_SN = check_scores(name, values), np.asarray(counted, bool)
    check_same_shape(**{name: values_SN, "counted": counted_SN})
    clusters_N = check_clusters(clusters, values_SN.shape[1])
    some_N = counted_SN.any(axis=0)
    own = np.flatnonzero(some_N) if clusters_N is None else clusters_N[some_N]
    units = len(np.unique(own))
    if units < 2:
        raise ValueError(f"an interval needs 2 or more clusters with a counted item, got {units}")
    rate = values_SN[counted_SN].mean()
    linear_SN = np.where(counted_SN, values_SN - rate, 0.0) / counted_SN.mean()
    return rate + linear_SN, clusters_N, units


def _moved(
    totals: ClusterSums, rng: np.random.Generator, replicates: int
) -> tuple[float, np.ndarray, np.ndarray]:
    moves_B = CrossedMoves.draw(totals, rng, replicates).of_means(totals)[:, 0]
    return float(totals.means[0]), moves_B, totals.influences()[0]
