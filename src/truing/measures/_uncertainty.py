"""Uncertainty: how sure models are of items that have no right answer."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from truing.measures._bootstrap import CrossedMoves, estimate_mean, sum_clusters
from truing.measures._checks import check_beliefs
from truing.measures._estimate import Estimate


def mean_highest_belief(
    beliefs: Mapping[str, np.ndarray],
    *,
    clusters: np.ndarray | None = None,
    rng: np.random.Generator,
    level: float = 0.95,
    replicates: int = 2000,
) -> dict[str, Estimate]:
    """Mean of the highest belief over seeds and items, of each model, with its interval.

    A model that knows that it does not know has 1 / k for k choices. The intervals include the
    variation of seeds and items; all models share the replicates.

    Args:
        beliefs: (S, n, k) beliefs of each model for S seeds and n items.
        clusters: (n,) clusters of related items; by default each item is a separate cluster.
        rng: random generator of the bootstrap.
        level: confidence level.
        replicates: number of replicates.

    Raises:
        ValueError: beliefs are no probabilities, or there are fewer than two clusters.

    Examples:
        >>> import numpy as np
        >>> from truing.measures import mean_highest_belief
        >>> sure = np.tile([0.9, 0.1], (3, 40, 1))
        >>> found = mean_highest_belief({"student": sure}, rng=np.random.default_rng(0))
        >>> round(found["student"].value, 3)
        0.9
    """
    highest_RSN = np.stack([check_beliefs(name, one).max(axis=-1) for name, one in beliefs.items()])
    totals = sum_clusters(highest_RSN, clusters)
    moves_BR = CrossedMoves.draw(totals, rng, replicates).of_means(totals)
    estimates = (
        estimate_mean(float(mean), moves_B, influence_SC, level).clipped(0.0, 1.0)
        for mean, moves_B, influence_SC in zip(
            totals.means, moves_BR.T, totals.influences(), strict=True
        )
    )
    return dict(zip(beliefs, estimates, strict=True))
