"""Effects of seeds and clusters on statistics of several sets of items that share clusters.

A statistic of one set has its sampling variance from `spread_of`. A difference or a mean of such
statistics needs their covariances too: the sets share the seeds, and may share clusters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from truing.measures._bootstrap import Spread


@dataclass(frozen=True)
class Effects:
    """Estimated deviations of a statistic by seed, by cluster, and by seed on cluster.

    Effects of a linear combination of statistics are the linear combination of their effects.

    Attributes:
        seed: (S,) effects of the seeds.
        cluster: (U,) effects of the clusters, 0 for clusters of other sets. Their sum of squares is
            an unbiased variance.
        residual: (S, U) effects of seeds on clusters, 0 for clusters of other sets.
        clusters: number of clusters that count for the degrees of freedom.
    """

    seed: np.ndarray
    cluster: np.ndarray
    residual: np.ndarray
    clusters: int

    @classmethod
    def of(
        cls, influence_SC: np.ndarray, place_C: np.ndarray, U: int, units: int | None
    ) -> Effects:
        """Effects of a statistic of one set.

        Args:
            influence_SC: (S, C) influences of seeds and clusters; the statistic is their mean, up
                to a constant.
            place_C: (C,) places of the set's clusters among all clusters.
            U: number of all clusters.
            units: number of clusters that count for the degrees of freedom; None for all C.
        """
        S, C = influence_SC.shape
        centered = influence_SC - influence_SC.mean()
        seed_S, cluster_C = centered.mean(axis=1), centered.mean(axis=0)
        share = 1.0 / np.sqrt(C * (C - 1))
        cluster_U, residual_SU = np.zeros(U), np.zeros((S, U))
        cluster_U[place_C] = share * cluster_C
        residual_SU[:, place_C] = share * (centered - seed_S[:, None] - cluster_C)
        return cls(seed_S, cluster_U, residual_SU, C if units is None else max(units, 2))

    @classmethod
    def combine(cls, weights: Sequence[float], effects: Sequence[Effects]) -> Effects:
        """Effects of the sum of weight times statistic; the set with the fewest clusters counts."""

        def total(name: str) -> np.ndarray:
            parts = (w * getattr(one, name) for w, one in zip(weights, effects, strict=True))
            return np.sum(list(parts), axis=0)

        fewest = min(one.clusters for one in effects)
        return cls(total("seed"), total("cluster"), total("residual"), fewest)

    @property
    def spread(self) -> Spread:
        """Sampling variance; for a statistic of one set it is equal to `spread_of`."""
        S, cluster = self.seed.size, float(self.cluster @ self.cluster)
        if S == 1:
            return Spread(0.0, cluster, 0.0, 1, self.clusters)
        pairs = S * (S - 1)
        seed = float(self.seed @ self.seed) / pairs
        residual = float(np.vdot(self.residual, self.residual)) / pairs
        return Spread(seed, cluster, residual, S, self.clusters)
