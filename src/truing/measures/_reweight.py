"""Items reweighted by exponential weights on clusters: the Bayesian bootstrap (Rubin 1981).

A replicate is a ratio of weighted sums with the cluster sizes in the denominator.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

# Number of weights in memory at a time (32 MB): 100,000 test items must not need gigabytes.
_WEIGHTS_AT_ONCE = 4_000_000


def reweight_clusters(
    sums_KC: np.ndarray, sizes_C: np.ndarray, rng: np.random.Generator, replicates: int
) -> np.ndarray:
    """(B, K) shifts of K ratios sum/size when clusters are reweighted by the same weights.

    Args:
        sums_KC: (K, C) sums within clusters.
        sizes_C: (C,) number of items of each cluster.
        rng: random generator of the exponential weights.
        replicates: number of replicates B.

    Examples:
        >>> import numpy as np
        >>> from truing.measures import reweight_clusters
        >>> sums_KC, sizes_C = np.array([[3.0, 1.0, 2.0]]), np.array([4.0, 4.0, 4.0])
        >>> reweight_clusters(sums_KC, sizes_C, np.random.default_rng(0), replicates=100).shape
        (100, 1)
    """
    everywhere, C = slice(None), sizes_C.size
    (moved_BK,) = reweight_together([(sums_KC, sizes_C)], [everywhere], C, rng, replicates)
    return moved_BK


def reweight_together(
    parts: Sequence[tuple[np.ndarray, np.ndarray]],
    places: Sequence[np.ndarray | slice],
    clusters: int,
    rng: np.random.Generator,
    replicates: int,
) -> list[np.ndarray]:
    """As `reweight_clusters`, for several sets of items that share clusters.

    A cluster that occurs in several sets has the same weight in all of them.

    Args:
        parts: sums (K, C) and sizes (C,) of each set; K and C may differ.
        places: (C,) places of the clusters of each set among all clusters, or a slice of these.
        clusters: number of all clusters U.
        rng: random generator of the exponential weights.
        replicates: number of replicates B.

    Returns:
        (B, K) shifts for each set.
    """
    columns = [_columns(*part) for part in parts]
    moved = [np.empty((replicates, one.shape[1])) for one in columns]
    rows = max(1, _WEIGHTS_AT_ONCE // clusters)
    for start in range(0, replicates, rows):
        stop = min(start + rows, replicates)
        weights_BU = rng.standard_exponential((stop - start, clusters))
        for moved_one, place, columns_CK in zip(moved, places, columns, strict=True):
            moved_one[start:stop] = weights_BU[:, place] @ columns_CK
    return [
        # Dirichlet weights give 1/(C (C+1)) of the sum of squares; 1/(C (C-1)) is unbiased.
        one[:, :-1] / one[:, -1:] * np.sqrt((sizes.size + 1) / (sizes.size - 1))
        for one, (_, sizes) in zip(moved, parts, strict=True)
    ]


def _columns(sums_KC: np.ndarray, sizes_C: np.ndarray) -> np.ndarray:
    """(C, K + 1) deviations of the sums from their means, and the sizes."""
    means_K = sums_KC.sum(axis=1) / sizes_C.sum()
    return np.column_stack([(sums_KC - means_K[:, None] * sizes_C).T, sizes_C])
