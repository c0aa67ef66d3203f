"""Arrays with a row per seed, whose items may differ between seeds, as sums within clusters."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from truing.measures._bootstrap import ClusterSums


def number_clusters(
    clusters: Sequence[np.ndarray] | None, sizes: Sequence[int]
) -> tuple[list[np.ndarray], int]:
    """S arrays (n_s,) with numbers 0..C-1 of clusters, equal in all seeds, and C.

    Args:
        clusters: S arrays (n_s,) of integers; None if the i-th item is the same for all seeds.
        sizes: number of items n_s of each seed.

    Raises:
        ValueError: there is no seed or no item, shapes differ, or clusters are missing although
            seeds have different numbers of items.
    """
    if not sizes or not min(sizes):
        raise ValueError("each seed needs 1 or more items, and there must be 1 or more seeds")
    if clusters is None:
        if len(set(sizes)) > 1:
            raise ValueError(
                "clusters must be given if seeds have different items; the numbers of items are "
                f"{min(sizes)} to {max(sizes)}"
            )
        return [np.arange(sizes[0])] * len(sizes), sizes[0]
    given = [np.asarray(one) for one in clusters]
    if [one.shape for one in given] != [(size,) for size in sizes]:
        raise ValueError("clusters must have a number for each item of each seed")
    known, numbers = np.unique(np.concatenate(given), return_inverse=True)
    return np.split(numbers, np.cumsum(sizes)[:-1]), known.size


def by_seed(name: str, arrays: Sequence[np.ndarray], like: Sequence[np.ndarray] | None = None):
    """Return S arrays as finite floats (n_s,); raise ValueError otherwise.

    Args:
        name: name of the argument.
        arrays: S arrays (n_s,), or one array (S, n).
        like: arrays with the wanted shapes; None for any.
    """
    checked = [np.asarray(one, dtype=float) for one in arrays]
    shapes = [one.shape for one in checked]
    if any(len(shape) != 1 for shape in shapes):
        raise ValueError(f"{name} must have an array (items,) for each seed, got {shapes}")
    if like is not None and shapes != [one.shape for one in like]:
        raise ValueError(f"{name} must have a number for each item of each seed")
    if not all(np.isfinite(one).all() for one in checked):
        raise ValueError(f"{name} contains NaN or infinity; all numbers must be finite")
    return checked


def pool_seeds(
    values: Sequence[Sequence[np.ndarray]], clusters: Sequence[np.ndarray], count: int
) -> tuple[np.ndarray, ClusterSums]:
    """(R,) means over all items of all seeds, and their `ClusterSums`.

    If all seeds have the same items, the sums are those of `sum_clusters`. Otherwise the size of a
    cluster is its mean over seeds, and the sum of a cluster in a seed is linearized: the mean times
    this size, plus the deviations from the mean of the items that the seed has.

    Args:
        values: R times S arrays (n_s,).
        clusters: S arrays (n_s,) with numbers 0..count-1.
        count: number of clusters.
    """
    sizes_SC = np.stack([np.bincount(one, minlength=count) for one in clusters]).astype(float)
    sums_RSC = np.stack(
        [
            [
                np.bincount(of, weights=one, minlength=count)
                for one, of in zip(role, clusters, strict=True)
            ]
            for role in values
        ]
    )
    used_C = sizes_SC.sum(axis=0) > 0
    sizes_SC, sums_RSC = sizes_SC[:, used_C], sums_RSC[..., used_C]
    means_R = sums_RSC.sum(axis=(1, 2)) / sizes_SC.sum()
    sizes_C = sizes_SC.mean(axis=0)
    lacking_SC = sizes_C - sizes_SC
    return means_R, ClusterSums(sums_RSC + means_R[:, None, None] * lacking_SC, sizes_C)
