"""The bootstrap over seeds and test items, crossed: every seed answers the same items.

A correctness array (seeds, items) has three sources of noise: the seed, the item (or its cluster)
and what is particular to one seed on one item. Three defects of the textbook recipe - draw seeds
and items with replacement, take percentiles - spoil its coverage, and each is mended here:

1. *Few seeds.* Resampling S seeds gives (S-1)/S of the variance, percentiles of at most a few
   distinct values, and normal instead of t quantiles: with three seeds a nominal 95% covers about
   70%. Here a replicate moves the mean over seeds by normal multipliers of the seeds' own
   deviations, scaled to the unbiased variance (the multiplier bootstrap; van der Vaart & Wellner
   1996, section 3.6).
2. *The residual is counted thrice.* Crossed resampling has variance seed + item + 3 residual
   (Owen 2007, "The pigeonhole bootstrap", Theorem 2). Here seeds and items move the mean
   additively, which counts it twice, and the surplus one is taken off again through the two-way
   analysis of variance (`Spread`). Where the seeds differ by less than the residual explains, the
   seed component is held at zero, never negative: with 3 to 5 seeds that do not truly differ a
   nominal 95% then covers 98 to 99%, an error on the safe side.
3. *The quantile.* The replicates' deviations are stretched from normal to Student's quantiles, in
   the spirit of the expanded percentile interval (Hesterberg 2015, section 5.3), with
   Satterthwaite's degrees of freedom from the components of the very statistic in question.

Items move through exponential weights on clusters, the Bayesian bootstrap (Rubin 1981): a ratio of
weighted sums with the cluster sizes in the denominator, one set of weights for all roles. The same
weights for all are what pairs them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from truing.measures._estimate import Estimate, percentile_estimate

# Weights held at once (32 MB): a test set of 100,000 items must not ask for gigabytes.
_WEIGHTS_AT_ONCE = 4_000_000

ONE_SEED_NOTE = "one seed only: the interval covers the test items' sampling, not the seeds'"


@dataclass(frozen=True)
class Spread:
    """Sampling variance of a mean over crossed seeds and clusters, by its mean squares.

    Attributes:
        seed: variance of the mean as seen between seeds; expects seed/S + residual/(S C).
        cluster: the same between clusters; expects cluster/C + residual/(S C).
        residual: what both hold; expects residual/(S C).
        seeds: number of seeds S. With one, `seed` and `residual` are 0: they cannot be estimated.
        clusters: number of clusters C.
    """

    seed: float
    cluster: float
    residual: float
    seeds: int
    clusters: int

    @property
    def variance(self) -> float:
        """seed + cluster - residual, but never below its larger part (a negative component)."""
        return max(self.seed + self.cluster - self.residual, self.seed, self.cluster)

    @property
    def degrees_of_freedom(self) -> float:
        """Satterthwaite 1946: the matched chi-square's; inf where nothing varies."""
        if self.variance == 0.0:
            return np.inf
        S, C = max(self.seeds, 2), self.clusters
        weighed = self.seed**2 / (S - 1) + self.cluster**2 / (C - 1)
        # The three mean squares are independent, so the subtracted one adds its own uncertainty.
        weighed += self.residual**2 / ((S - 1) * (C - 1))
        return self.variance**2 / weighed

    def stretch(self, level: float) -> float:
        """Factor on a replicate's deviation that makes a `level` percentile interval come right."""
        additive = self.seed + self.cluster
        if additive == 0.0:
            return 1.0
        upper = (1.0 + level) / 2.0
        student = stats.t.ppf(upper, self.degrees_of_freedom) / stats.norm.ppf(upper)
        return float(student * np.sqrt(self.variance / additive))


@dataclass(frozen=True)
class ClusterSums:
    """Correctness summed inside clusters.

    Attributes:
        sums: (R, S, C) sums over each cluster's items, for R arrays on the same seeds and items.
        sizes: (C,) items in each cluster.
    """

    sums: np.ndarray
    sizes: np.ndarray

    @property
    def seed_means(self) -> np.ndarray:
        """(R, S) mean over all items, seed by seed."""
        return self.sums.sum(axis=-1) / self.sizes.sum()

    @property
    def means(self) -> np.ndarray:
        """(R,) mean over seeds and items."""
        return self.seed_means.mean(axis=-1)

    def influences(self) -> np.ndarray:
        """(R, S, C) each cell's pull on the mean, linearised: their mean over S and C is 0.

        The denominator (items drawn) moves with the clusters' sizes, hence the subtraction.
        """
        shifted = self.sums - self.means[:, None, None] * self.sizes
        return shifted * (self.sizes.size / self.sizes.sum())


def sum_clusters(values_RSN: np.ndarray, clusters_N: np.ndarray | None) -> ClusterSums:
    """Sums (R, S, N) values inside clusters; without clusters every item is its own.

    Raises:
        ValueError: fewer than two clusters, since nothing then shows the items' sampling.
    """
    if clusters_N is None:
        sums, sizes_C = values_RSN, np.ones(values_RSN.shape[-1])
    else:
        _, index_N, counts_C = np.unique(clusters_N, return_inverse=True, return_counts=True)
        starts_C = np.concatenate(([0], np.cumsum(counts_C)[:-1]))
        ordered = values_RSN[..., np.argsort(index_N, kind="stable")]
        sums, sizes_C = np.add.reduceat(ordered, starts_C, axis=-1), counts_C.astype(float)
    if sizes_C.size < 2:
        raise ValueError("there is 1 cluster of items; allowed are 2 or more for an interval")
    return ClusterSums(sums, sizes_C)


def spread_of(influence_SC: np.ndarray) -> Spread:
    """The two-way analysis of variance of a linearised statistic.

    Args:
        influence_SC: (seeds, clusters) pulls of each cell; the statistic is their mean, up to a
            constant.
    """
    S, C = influence_SC.shape
    centred = influence_SC - influence_SC.mean()
    seed_S, cluster_C = centred.mean(axis=1), centred.mean(axis=0)
    cluster = float(cluster_C @ cluster_C) / (C * (C - 1))
    if S == 1:
        return Spread(0.0, cluster, 0.0, 1, C)
    left = centred - seed_S[:, None] - cluster_C
    residual = float(np.vdot(left, left)) / (S * C * (S - 1) * (C - 1))
    return Spread(float(seed_S @ seed_S) / (S * (S - 1)), cluster, residual, S, C)


@dataclass(frozen=True)
class CrossedMoves:
    """How far each replicate moves R roles' figures: one set of weights for all of them.

    Attributes:
        multipliers: (B, S) standard normal weights on the seeds' deviations.
        by_seed: (B, R, S) moves of each seed's mean when clusters are reweighted.
    """

    multipliers: np.ndarray
    by_seed: np.ndarray

    @classmethod
    def draw(cls, totals: ClusterSums, rng: np.random.Generator, replicates: int) -> CrossedMoves:
        """Draws the weights, and moves the R * S means of `totals` by the clusters' part."""
        R, S, C = totals.sums.shape
        multipliers_BS = rng.standard_normal((replicates, S))
        flat = reweight_clusters(totals.sums.reshape(R * S, C), totals.sizes, rng, replicates)
        return cls(multipliers_BS, flat.reshape(replicates, R, S))

    def across_seeds(self, figures_RS: np.ndarray) -> np.ndarray:
        """(B, R) moves of means over seeds, with the unbiased variance; zero with one seed."""
        S = figures_RS.shape[-1]
        if S == 1:
            return np.zeros((self.multipliers.shape[0], figures_RS.shape[0]))
        deviations = figures_RS - figures_RS.mean(axis=-1, keepdims=True)
        return self.multipliers @ deviations.T / np.sqrt(S * (S - 1))

    def of_means(self, totals: ClusterSums) -> np.ndarray:
        """(B, R) moves of the means over seeds and items, both parts added."""
        return self.across_seeds(totals.seed_means) + self.by_seed.mean(axis=-1)


def reweight_clusters(
    sums_KC: np.ndarray, sizes_C: np.ndarray, rng: np.random.Generator, replicates: int
) -> np.ndarray:
    """(B, K) moves of K ratios sum/size when clusters are reweighted, all by the same weights.

    Args:
        sums_KC: (K, C) sums inside clusters.
        sizes_C: (C,) items in each cluster.
        rng: source of the exponential weights.
        replicates: number of replicates B.
    """
    C = sizes_C.size
    means_K = sums_KC.sum(axis=1) / sizes_C.sum()
    columns = np.column_stack([(sums_KC - means_K[:, None] * sizes_C).T, sizes_C])  # (C, K + 1)
    moved = np.empty((replicates, columns.shape[1]))
    rows = max(1, _WEIGHTS_AT_ONCE // C)
    for start in range(0, replicates, rows):
        stop = min(start + rows, replicates)
        moved[start:stop] = rng.standard_exponential((stop - start, C)) @ columns
    # Dirichlet weights give 1/(C (C+1)) of the sum of squares where 1/(C (C-1)) is unbiased.
    return moved[:, :-1] / moved[:, -1:] * np.sqrt((C + 1) / (C - 1))


def estimate_mean(
    mean: float, moves_B: np.ndarray, influence_SC: np.ndarray, level: float
) -> Estimate:
    """A mean with its interval: its replicates' moves, stretched as its own spread asks."""
    moved_B = mean + spread_of(influence_SC).stretch(level) * moves_B
    return percentile_estimate(mean, moved_B, level)


def estimate_accuracy(
    accuracy: float, moves_B: np.ndarray, influence_SC: np.ndarray, level: float
) -> Estimate:
    """As `estimate_mean`, for a mean that lies in 0..1.

    All right or all wrong shows no spread to resample, yet is no certainty: there the end is
    Clopper and Pearson's (1934) for as many trials as clusters, the tail's share to the power 1/C.
    """
    if accuracy in (0.0, 1.0):
        reach = ((1.0 - level) / 2.0) ** (1.0 / influence_SC.shape[1])
        low, high = (reach, 1.0) if accuracy == 1.0 else (0.0, 1.0 - reach)
        return Estimate(accuracy, low, high)
    return estimate_mean(accuracy, moves_B, influence_SC, level).clipped(0.0, 1.0)
