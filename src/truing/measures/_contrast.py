"""Contrasts: sums and differences of means over clustered rows, with intervals.

Accuracy is one mean. An agent score difference is a mean minus another mean, over rows that may or
may not share questions. One set of cluster weights reweights all means of a contrast. So shared
questions are paired, and questions of a single mean add independent noise.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from truing.measures._bootstrap import spread_of
from truing.measures._estimate import UNDEFINED, Estimate, percentile_estimate
from truing.measures._reweight import reweight_clusters

# Means of floats differ by rounding; a spread below this share of the range counts as 0.
SMALLEST_SPREAD = 1e-12


@dataclass(frozen=True)
class Resampling:
    """How intervals are drawn.

    Attributes:
        seed: random seed of the cluster weights. Each metric starts from it, so metrics of the same
            clusters use the same weights, and no metric depends on the metrics computed before it.
        level: confidence level.
        replicates: number of replicates B.
    """

    seed: int
    level: float
    replicates: int

    def rng(self) -> np.random.Generator:
        """A new generator that starts from the seed."""
        return np.random.default_rng(self.seed)


@dataclass(frozen=True)
class Mean:
    """A mean over rows, stored as sums within clusters.

    Attributes:
        sums: (C,) sum of the values of each cluster.
        sizes: (C,) number of rows of each cluster; 0 for a cluster without rows.
    """

    sums: np.ndarray
    sizes: np.ndarray

    @classmethod
    def of(cls, values_N: np.ndarray, clusters_N: np.ndarray, count: int) -> Mean:
        """Mean of the values that are not NaN.

        Sums are correctly rounded, so neither the order of rows nor writing each row twice changes
        the mean.

        Args:
            values_N: (N,) values.
            clusters_N: (N,) numbers 0..count-1 of clusters.
            count: number of clusters C.
        """
        valid_N = ~np.isnan(values_N)
        values, clusters = values_N[valid_N], clusters_N[valid_N]
        values = values[np.argsort(clusters, kind="stable")].tolist()
        sizes_C = np.bincount(clusters, minlength=count)
        stops = np.cumsum(sizes_C).tolist()
        sums_C = [
            math.fsum(values[stop - size : stop])
            for stop, size in zip(stops, sizes_C.tolist(), strict=True)
        ]
        return cls(np.array(sums_C), sizes_C.astype(float))

    @property
    def clusters(self) -> int:
        """Number of clusters with at least one row."""
        return int((self.sizes > 0).sum())

    @property
    def value(self) -> float:
        return math.fsum(self.sums) / float(self.sizes.sum())

    def influences(self) -> np.ndarray:
        """(C,) linearized influence of each cluster on the mean; the sum is 0.

        They are scaled so that the sum of squares is the unbiased variance of the mean.
        """
        shifted_C = self.sums - self.value * self.sizes
        return shifted_C / self.sizes.sum() * math.sqrt(self.clusters / (self.clusters - 1))


@dataclass(frozen=True)
class Contrast:
    """Sum of means minus sum of other means, with known bounds.

    Attributes:
        plus: means that are added.
        minus: means that are subtracted.
        bounds: smallest and largest possible value of the contrast.
    """

    plus: Sequence[Mean]
    minus: Sequence[Mean] = ()
    bounds: tuple[float, float] = (0.0, 1.0)

    @property
    def fewest(self) -> int:
        """Smallest number of clusters behind one of the means."""
        return min(mean.clusters for mean in (*self.plus, *self.minus))

    def estimate(self, how: Resampling) -> Estimate:
        """Value and interval; undefined if a mean has no rows, no interval with one cluster."""
        if self.fewest == 0:
            return UNDEFINED
        value = sum(m.value for m in self.plus) - sum(m.value for m in self.minus)
        if self.fewest == 1:
            return Estimate.point(value)
        return estimate_influences(value, self.influences(), self.fewest, self.bounds, how)

    def influences(self) -> np.ndarray:
        """(C,) influences of the clusters that have a row in any of the means."""
        present_C = np.sum([mean.sizes for mean in (*self.plus, *self.minus)], axis=0) > 0
        total_C = sum(m.influences() for m in self.plus) - sum(m.influences() for m in self.minus)
        return np.asarray(total_C)[present_C]


def estimate_influences(
    value: float,
    influences_C: np.ndarray,
    fewest: int,
    bounds: tuple[float, float],
    how: Resampling,
) -> Estimate:
    """A statistic with the interval that its linearized influences give.

    Args:
        value: the statistic.
        influences_C: (C,) influence of each cluster on the statistic; the sum is 0, and the sum of
            squares is the variance of the statistic.
        fewest: number of clusters that count for the degrees of freedom, 2 or more.
        bounds: smallest and largest possible value.
        how: how intervals are drawn.
    """
    C = influences_C.size
    low, high = bounds
    if np.abs(influences_C).max() <= SMALLEST_SPREAD * (high - low):
        return estimate_unseen(value, bounds, fewest, how.level).clipped(low, high)
    # Scaled to the influences of a mean over C clusters of one row each.
    influences_1C = influences_C[None] * math.sqrt(C * (C - 1))
    moves_B = reweight_clusters(influences_1C, np.ones(C), how.rng(), how.replicates)[:, 0]
    # Degrees of freedom of the mean with the fewest clusters, which is conservative.
    stretch = replace(spread_of(influences_1C), clusters=fewest).stretch(how.level)
    return percentile_estimate(value, value + stretch * moves_B, how.level).clipped(low, high)


def estimate_unseen(
    value: float, bounds: tuple[float, float], clusters: int, level: float
) -> Estimate:
    """Interval by Clopper and Pearson (1934) if all clusters have the same value.

    Unobserved clusters, with a value at either bound, may be up to 1 - ((1 - level) / 2)^(1/C) of
    all clusters. For an accuracy of 0 or 1 the interval is that of `estimate_accuracy`.

    Args:
        value: the common value.
        bounds: smallest and largest possible value.
        clusters: number of clusters C.
        level: confidence level.
    """
    missed = 1.0 - ((1.0 - level) / 2.0) ** (1.0 / clusters)
    low, high = bounds
    return Estimate(value, value - missed * (value - low), value + missed * (high - value))
