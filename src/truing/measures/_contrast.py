"""Sums and differences of means over clustered rows, and their intervals.

Accuracy is one mean; an agent score difference is one mean less another, over rows that may or may
not share questions. One set of cluster weights moves all the means of a contrast, so that whatever
they share is paired, and questions that only one of them holds add their own noise.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from truing.measures._bootstrap import reweight_clusters, spread_of
from truing.measures._estimate import UNDEFINED, Estimate, percentile_estimate

# Means of floats differ by rounding; a spread below this share of the range is none.
SMALLEST_SPREAD = 1e-12


@dataclass(frozen=True)
class Resampling:
    """How intervals are drawn.

    Attributes:
        seed: of the cluster weights. Every figure starts from it, so that figures of the same
            clusters move together, and none depends on what was computed before it.
        level: confidence level.
        replicates: number of replicates B.
    """

    seed: int
    level: float
    replicates: int

    def rng(self) -> np.random.Generator:
        """The same draws each time."""
        return np.random.default_rng(self.seed)


@dataclass(frozen=True)
class Mean:
    """A mean over rows, held as sums inside clusters.

    Attributes:
        sums: (C,) sum of the values of each cluster.
        sizes: (C,) rows of each; 0 where a cluster has none.
    """

    sums: np.ndarray
    sizes: np.ndarray

    @classmethod
    def of(cls, values_N: np.ndarray, clusters_N: np.ndarray, count: int) -> Mean:
        """Mean of the values that are not NaN.

        Sums are exactly rounded: neither the order of rows nor writing each twice changes a figure.
        """
        held_N = ~np.isnan(values_N)
        values, clusters = values_N[held_N], clusters_N[held_N]
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
        """Clusters that hold a row."""
        return int((self.sizes > 0).sum())

    @property
    def value(self) -> float:
        return math.fsum(self.sums) / float(self.sizes.sum())

    def pulls(self) -> np.ndarray:
        """(C,) each cluster's pull on the mean, linearised; their sum is 0.

        Scaled so that the sum of squares is the unbiased variance of the mean.
        """
        shifted_C = self.sums - self.value * self.sizes
        return shifted_C / self.sizes.sum() * math.sqrt(self.clusters / (self.clusters - 1))


@dataclass(frozen=True)
class Contrast:
    """Some means less others, a figure that lies between two bounds.

    Attributes:
        plus: means that are added.
        minus: means that are taken off.
        bounds: the least and the greatest value that the figure can have.
    """

    plus: Sequence[Mean]
    minus: Sequence[Mean] = ()
    bounds: tuple[float, float] = (0.0, 1.0)

    @property
    def fewest(self) -> int:
        """Clusters behind the mean that has the fewest."""
        return min(mean.clusters for mean in (*self.plus, *self.minus))

    def estimate(self, how: Resampling) -> Estimate:
        """The figure; no value where a mean has no row, no interval where one has one cluster."""
        if self.fewest == 0:
            return UNDEFINED
        value = sum(m.value for m in self.plus) - sum(m.value for m in self.minus)
        if self.fewest == 1:
            return Estimate.point(value)
        return self._estimate(value, how).clipped(*self.bounds)

    def pulls(self) -> np.ndarray:
        """(C,) pulls of the clusters that any of the means holds."""
        held_C = np.sum([mean.sizes for mean in (*self.plus, *self.minus)], axis=0) > 0
        total_C = sum(m.pulls() for m in self.plus) - sum(m.pulls() for m in self.minus)
        return np.asarray(total_C)[held_C]

    def _estimate(self, value: float, how: Resampling) -> Estimate:
        pulls_C = self.pulls()
        C = pulls_C.size
        low, high = self.bounds
        if np.abs(pulls_C).max() <= SMALLEST_SPREAD * (high - low):
            return estimate_unseen(value, self.bounds, self.fewest, how.level)
        # As the influences of a mean over C clusters of one row, with the (C - 1) / C put back.
        influences_1C = pulls_C[None] * math.sqrt(C * (C - 1))
        moves_B = reweight_clusters(influences_1C, np.ones(C), how.rng(), how.replicates)[:, 0]
        # The mean with the fewest clusters decides how far its own variance can be trusted.
        stretch = replace(spread_of(influences_1C), clusters=self.fewest).stretch(how.level)
        return percentile_estimate(value, value + stretch * moves_B, how.level)


def estimate_unseen(
    value: float, bounds: tuple[float, float], clusters: int, level: float
) -> Estimate:
    """Where all clusters agree: what may have been missed, by Clopper and Pearson (1934).

    Clusters unlike those seen may be up to 1 - (tail)^(1/C) of all, and lie at either bound. For an
    accuracy of 0 or 1 this is `estimate_accuracy`.
    """
    missed = 1.0 - ((1.0 - level) / 2.0) ** (1.0 / clusters)
    low, high = bounds
    return Estimate(value, value - missed * (value - low), value + missed * (high - value))
