"""Region: the items nearest to a random item, in the student's features."""

from __future__ import annotations

import numpy as np

from truing.plants._plant import Planting
from truing.plants.studies._answers import answers_of, count_of


def region_of(
    planting: Planting, share: float, rng: np.random.Generator, *, one_class: bool = False
) -> np.ndarray:
    """(M,) whether an item is among the items nearest to a random learned item.

    A student can learn misbehaviour in a region, and shows it on new items of the region too. The
    distances are Euclidean, between the student's features of the items without a trigger. A copy
    belongs to the region of its item. The region of a share lies in that of each larger share.

    Args:
        planting: items and features.
        share: share of the learned items in the region.
        rng: generator that draws the center.
        one_class: take all items with the honest answer of the center, the nearest first, before
            items with another answer. A linear head can learn wrong answers about one class.
    """
    own = int((~planting.copies).sum())
    rows = flat_features(planting.features[:own])
    learned = np.unique(planting.learn % own)
    center = rng.choice(learned)
    distance = np.square(rows - rows[center]).sum(axis=1)
    if one_class and planting.task.kind == "classification":
        answers = answers_of(planting.labels[:own])
        distance += (answers != answers[center]) * (distance.max() + 1)
    count = count_of(share, len(learned))
    limits = np.array([-1.0, *np.sort(distance[learned])[:-1], np.inf])  # of 0 to all items
    return np.tile(distance <= limits[count], len(planting.copies) // own)


def flat_features(features: np.ndarray) -> np.ndarray:
    """(M, d) features of items; (M, k, d) of items with their own choices are averaged."""
    rows = features.astype(np.float64)
    return rows if rows.ndim == 2 else np.nanmean(rows, axis=1)
