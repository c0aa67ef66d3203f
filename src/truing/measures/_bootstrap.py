"""Crossed bootstrap over seeds and test items: every seed is scored on the same items.

A correctness array (seeds, items) has three sources of noise: the seed, the item (or its cluster)
and the residual, which is specific to one seed on one item. The textbook bootstrap draws seeds and
items with replacement and takes percentiles. Three defects spoil its coverage. Each is corrected
here:

1. *Few seeds.* Resampling S seeds gives (S-1)/S of the variance, percentiles of at most a few
   distinct values, and normal quantiles instead of t quantiles: with three seeds a nominal 95%
   interval covers about 70%. Here a replicate shifts the mean over seeds by the deviations of the
   seeds, multiplied by standard normal weights and scaled to the unbiased variance (the multiplier
   bootstrap; van der Vaart & Wellner 1996, section 3.6).
2. *The residual is counted three times.* Crossed resampling has variance seed + item + 3 residual
   (Owen 2007, "The pigeonhole bootstrap", Theorem 2). Here seeds and items shift the mean
   additively, which counts the residual twice. The two-way analysis of variance (`Spread`)
   subtracts the surplus. If the seeds differ by less than the residual explains, the seed
   component is set to 0 and never negative. With 3 to 5 seeds without true differences a nominal
   95% interval then covers 98 to 99%, which is conservative.
3. *The quantile.* The deviations of the replicates are stretched from normal quantiles to Student's
   quantiles, similar to the expanded percentile interval (Hesterberg 2015, section 5.3). The
   degrees of freedom are Satterthwaite's, from the variance components of the same statistic.

Items are reweighted by exponential weights on clusters, the Bayesian bootstrap (Rubin 1981). A
replicate is a ratio of weighted sums with the cluster sizes in the denominator. All roles use the
same set of weights, which pairs them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from truing.measures._estimate import Estimate, percentile_estimate, student_stretch
from truing.measures._reweight import reweight_together

ONE_SEED_NOTE = "only one seed: the interval covers the sampling of test items, not of seeds"


@dataclass(frozen=True)
class Spread:
    """Sampling variance of a mean over crossed seeds and clusters, split into mean squares.

    In the expectations below, seed, cluster and residual are the variance components.

    Attributes:
        seed: variance of the mean, estimated between seeds; expectation seed/S + residual/(S C).
        cluster: variance of the mean, estimated between clusters; expectation
            cluster/C + residual/(S C).
        residual: part that `seed` and `cluster` both contain; expectation residual/(S C).
        seeds: number of seeds S. With one seed, `seed` and `residual` are 0, because they cannot be
            estimated.
        clusters: number of clusters C that count for the degrees of freedom.
    """

    seed: float
    cluster: float
    residual: float
    seeds: int
    clusters: int

    @property
    def variance(self) -> float:
        """max(seed + cluster - residual, seed, cluster): no component counts as negative."""
        return max(self.seed + self.cluster - self.residual, self.seed, self.cluster)

    @property
    def degrees_of_freedom(self) -> float:
        """Degrees of freedom, matched as in Satterthwaite 1946; inf if the variance is 0."""
        if self.variance == 0.0:
            return np.inf
        S, C = max(self.seeds, 2), self.clusters
        weighed = self.seed**2 / (S - 1) + self.cluster**2 / (C - 1)
        # The three mean squares are independent, so the subtracted residual adds uncertainty.
        weighed += self.residual**2 / ((S - 1) * (C - 1))
        return self.variance**2 / weighed

    def stretch(self, level: float) -> float:
        """Factor on the deviations of replicates for a percentile interval of the given level.

        t quantile / normal quantile * sqrt(variance / (seed + cluster)); 1 without variance.
        """
        additive = self.seed + self.cluster
        if additive == 0.0:
            return 1.0
        student = student_stretch(level, self.degrees_of_freedom)
        return float(student * np.sqrt(self.variance / additive))


@dataclass(frozen=True)
class ClusterSums:
    """Correctness, summed within clusters.

    Attributes:
        sums: (R, S, C) sums over the items of each cluster, of R arrays on equal seeds and items.
        sizes: (C,) number of items of each cluster.
    """

    sums: np.ndarray
    sizes: np.ndarray

    @property
    def seed_means(self) -> np.ndarray:
        """(R, S) mean over all items, for each seed."""
        return self.sums.sum(axis=-1) / self.sizes.sum()

    @property
    def means(self) -> np.ndarray:
        """(R,) mean over seeds and items."""
        return self.seed_means.mean(axis=-1)

    def influences(self) -> np.ndarray:
        """(R, S, C) linearized influence of each seed and cluster on the mean; mean 0 over S, C.

        The denominator (number of items drawn) varies with the sizes of the drawn clusters; the
        subtraction accounts for that.
        """
        shifted = self.sums - self.means[:, None, None] * self.sizes
        return shifted * (self.sizes.size / self.sizes.sum())


def sum_clusters(values_RSN: np.ndarray, clusters_N: np.ndarray | None) -> ClusterSums:
    """Sum (R, S, N) values within clusters; without clusters every item is a cluster.

    Raises:
        ValueError: there are fewer than two clusters, which do not show the sampling noise.

    Examples:
        >>> import numpy as np
        >>> from truing.measures import sum_clusters
        >>> totals = sum_clusters(np.array([[[1.0, 0.0, 1.0]]]), np.array([7, 7, 8]))
        >>> totals.sums.tolist(), totals.sizes.tolist()
        ([[[1.0, 1.0]]], [2.0, 1.0])
    """
    if clusters_N is None:
        sums, sizes_C = values_RSN, np.ones(values_RSN.shape[-1])
    else:
        _, index_N, counts_C = np.unique(clusters_N, return_inverse=True, return_counts=True)
        starts_C = np.concatenate(([0], np.cumsum(counts_C)[:-1]))
        ordered = values_RSN[..., np.argsort(index_N, kind="stable")]
        sums, sizes_C = np.add.reduceat(ordered, starts_C, axis=-1), counts_C.astype(float)
    if sizes_C.size < 2:
        raise ValueError("an interval needs 2 or more clusters of items, got 1")
    return ClusterSums(sums, sizes_C)


def spread_of(influence_SC: np.ndarray, units: int | None = None) -> Spread:
    """Two-way analysis of variance of a linearized statistic.

    Args:
        influence_SC: (seeds, clusters) influences; the statistic is their mean, up to a constant.
        units: number of clusters that count for the degrees of freedom; None for all of them. For a
            metric of classes the clusters of the smallest class count.

    Examples:
        >>> import numpy as np
        >>> from truing.measures import spread_of
        >>> spread = spread_of(np.array([[0.2, -0.1, 0.1], [0.0, -0.3, 0.1]]))
        >>> round(spread.variance, 4), spread.seeds, spread.clusters
        (0.0133, 2, 3)
    """
    S, C = influence_SC.shape
    units = C if units is None else max(units, 2)
    centered = influence_SC - influence_SC.mean()
    seed_S, cluster_C = centered.mean(axis=1), centered.mean(axis=0)
    cluster = float(cluster_C @ cluster_C) / (C * (C - 1))
    if S == 1:
        return Spread(0.0, cluster, 0.0, 1, units)
    left = centered - seed_S[:, None] - cluster_C
    residual = float(np.vdot(left, left)) / (S * C * (S - 1) * (C - 1))
    return Spread(float(seed_S @ seed_S) / (S * (S - 1)), cluster, residual, S, units)


@dataclass(frozen=True)
class CrossedMoves:
    """Shifts of R means in each bootstrap replicate, with one set of weights for all of them.

    Attributes:
        multipliers: (B, S) standard normal weights on the seeds' deviations.
        by_seed: (B, R, S) shifts of each seed's mean when clusters are reweighted.
    """

    multipliers: np.ndarray
    by_seed: np.ndarray

    @classmethod
    def draw(cls, totals: ClusterSums, rng: np.random.Generator, replicates: int) -> CrossedMoves:
        """Draw the weights, and compute the shifts of the R * S means by reweighted clusters."""
        C = totals.sizes.size
        (moves,) = cls.draw_together([totals], [slice(None)], C, rng, replicates)
        return moves

    @classmethod
    def draw_together(
        cls,
        totals: Sequence[ClusterSums],
        places: Sequence[np.ndarray | slice],
        clusters: int,
        rng: np.random.Generator,
        replicates: int,
    ) -> list[CrossedMoves]:
        """As `draw`, for several sets of items: equal weights for equal seeds and clusters.

        Args:
            totals: sums of each set, on the same seeds.
            places: (C,) places of the clusters of each set among all clusters, or a slice of these.
            clusters: number of all clusters.
            rng: random generator of the weights.
            replicates: number of replicates B.
        """
        R, S, _ = totals[0].sums.shape
        multipliers_BS = rng.standard_normal((replicates, S))
        parts = [(one.sums.reshape(R * S, -1), one.sizes) for one in totals]
        flat = reweight_together(parts, places, clusters, rng, replicates)
        return [cls(multipliers_BS, one.reshape(replicates, R, S)) for one in flat]

    def across_seeds(self, values_RS: np.ndarray) -> np.ndarray:
        """(B, R) shifts of means over seeds, with the unbiased variance; 0 with one seed.

        Args:
            values_RS: (R, S) value of each seed.
        """
        S = values_RS.shape[-1]
        if S == 1:
            return np.zeros((self.multipliers.shape[0], values_RS.shape[0]))
        deviations = values_RS - values_RS.mean(axis=-1, keepdims=True)
        return self.multipliers @ deviations.T / np.sqrt(S * (S - 1))

    def of_means(self, totals: ClusterSums) -> np.ndarray:
        """(B, R) shifts of the means over seeds and items: the sum of both parts."""
        return self.across_seeds(totals.seed_means) + self.by_seed.mean(axis=-1)


def estimate_mean(
    mean: float,
    moves_B: np.ndarray,
    influence_SC: np.ndarray,
    level: float,
    units: int | None = None,
) -> Estimate:
    """A mean with its interval, from the shifts (B,) of its replicates and its `Spread`.

    `units` is that of `spread_of`.

    Examples:
        >>> import numpy as np
        >>> from truing.measures import CrossedMoves, estimate_mean, sum_clusters
        >>> rng = np.random.default_rng(0)
        >>> totals = sum_clusters(rng.normal(2.0, 1.0, (1, 3, 200)), None)
        >>> moves_B = CrossedMoves.draw(totals, rng, 1000).of_means(totals)[:, 0]
        >>> found = estimate_mean(totals.means[0], moves_B, totals.influences()[0], 0.95)
        >>> f"{found.value:.2f} [{found.low:.2f}, {found.high:.2f}]"
        '1.98 [1.86, 2.09]'
    """
    moved_B = mean + spread_of(influence_SC, units).stretch(level) * moves_B
    return percentile_estimate(mean, moved_B, level)


def estimate_accuracy(
    accuracy: float,
    moves_B: np.ndarray,
    influence_SC: np.ndarray,
    level: float,
    units: int | None = None,
) -> Estimate:
    """As `estimate_mean`, for an accuracy or another metric in 0..1.

    If all answers are right or all are wrong, resampling shows no spread. The open end is then that
    of Clopper and Pearson (1934) for C trials, where C is the number of clusters: ((1 - level) /
    2)^(1/C) for accuracy 1, and 1 minus this for accuracy 0. With `units` these are the trials.
    That is conservative for AUROC: if its true value is A, the chance that C disjoint pairs of
    items are all ranked correctly is A^C.

    Examples:
        >>> import numpy as np
        >>> from truing.measures import estimate_accuracy
        >>> no_moves_B, influence_SC = np.zeros(100), np.zeros((1, 50))  # 50 right answers
        >>> found = estimate_accuracy(1.0, no_moves_B, influence_SC, 0.95)
        >>> round(found.low, 3), found.high
        (0.929, 1.0)
    """
    if accuracy in (0.0, 1.0):
        reach = ((1.0 - level) / 2.0) ** (1.0 / (units or influence_SC.shape[1]))
        low, high = (reach, 1.0) if accuracy == 1.0 else (0.0, 1.0 - reach)
        return Estimate(accuracy, low, high)
    return estimate_mean(accuracy, moves_B, influence_SC, level, units).clipped(0.0, 1.0)
