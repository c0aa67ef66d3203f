"""Clustered means: several means over the same rows, and weighted sums of them, with intervals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from truing.measures._bootstrap import CrossedMoves, estimate_accuracy, estimate_mean, sum_clusters
from truing.measures._differences import p_of_influence
from truing.measures._estimate import Estimate
from truing.measures._selection import same_everywhere

ROUNDING = 1e-12  # influences below this size are rounding


@dataclass(frozen=True)
class ClusteredMeans:
    """R means over the same rows, from one set of cluster weights.

    Attributes:
        values: (R,) means.
        moves: (B, R) shifts of the replicates.
        influences: (R, 1, C) influence of each cluster on each mean.
        level: confidence level.
    """

    values: np.ndarray
    moves: np.ndarray
    influences: np.ndarray
    level: float

    @classmethod
    def of(
        cls, values_RQ: np.ndarray, clusters_Q: np.ndarray, seed: int, level: float, replicates: int
    ) -> ClusteredMeans:
        """Means of (R, Q) values over rows; equal seeds and clusters have equal weights.

        Raises:
            ValueError: there are fewer than two clusters.
        """
        totals = sum_clusters(values_RQ[:, None], clusters_Q)
        moves = CrossedMoves.draw(totals, np.random.default_rng(seed), replicates)
        return cls(totals.means, moves.of_means(totals), totals.influences(), level)

    def share(self, row: int) -> Estimate:
        """A mean of values in 0..1."""
        mean = float(self.values[row].clip(0.0, 1.0))
        return estimate_accuracy(mean, self.moves[:, row], self.influences[row], self.level)

    def contrast(self, weights: Mapping[int, float], width: float = 1.0) -> tuple[Estimate, float]:
        """Weighted sum of means, and the p-value of the hypothesis that it is 0.

        Args:
            weights: weight of each row; the sum of the weights is 0.
            width: largest difference of two values.
        """
        rows, weights_r = list(weights), np.array(list(weights.values()))
        reach = width * float(np.abs(weights_r).sum()) / 2.0
        value = float(weights_r @ self.values[rows])
        influence_SC = np.tensordot(weights_r, self.influences[rows], 1)
        clusters = influence_SC.shape[1]
        if np.abs(influence_SC).max() < ROUNDING:
            value = value if abs(value) > ROUNDING else 0.0
            p = 2.0 ** (1 - clusters) if value else 1.0
            return same_everywhere(value, clusters, self.level, reach), p
        moves_B = self.moves[:, rows] @ weights_r
        found = estimate_mean(value, moves_B, influence_SC, self.level)
        return found.clipped(-reach, reach), p_of_influence(value, influence_SC, None)
