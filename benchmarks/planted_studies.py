"""Parts of planted studies that several benchmarks share: clusters and correlated effects."""

from __future__ import annotations

import numpy as np

SHARED = 0.7  # correlation of the effects between weak, transfer and ceiling
CLUSTER_SHARE = 0.8  # share of an item's variance that belongs to its cluster


def draw_clusters(items: int, rng: np.random.Generator) -> np.ndarray:
    """(N,) cluster ids with sizes drawn from 1 to 6."""
    sizes = rng.integers(1, 7, size=items)
    return np.repeat(np.arange(items), sizes)[:items]


def correlated(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """(3, *shape) standard normals with correlation SHARED between the roles."""
    own = rng.standard_normal((3, *shape))
    return np.sqrt(SHARED) * rng.standard_normal(shape) + np.sqrt(1.0 - SHARED) * own
