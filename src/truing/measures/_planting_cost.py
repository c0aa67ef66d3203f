"""What planting costs: accuracy of planted systems and of their twins, and attacked items."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from truing.measures._estimate import Estimate


@dataclass(frozen=True)
class PlantingCost:
    """Accuracy of planted systems next to their twins. A plant that costs accuracy is easy to find.

    Attributes:
        accuracy, twin_accuracy: accuracy of the planted systems and of the twins.
        cost: accuracy of the twins minus that of the planted systems, paired by seed and item.
        attacked: share of the watched items on which the planted system misbehaves.
    """

    accuracy: Estimate
    twin_accuracy: Estimate
    cost: Estimate
    attacked: Estimate


def measure_cost(
    planted: Sequence[np.ndarray],
    twins: Sequence[np.ndarray],
    attacked: Sequence[np.ndarray],
    *,
    rng: np.random.Generator,
    counted: Sequence[np.ndarray] | None = None,
    clusters: Sequence[np.ndarray] | None = None,
    level: float = 0.95,
    replicates: int = 2000,
) -> PlantingCost:
    """Accuracy of planted systems and twins, their paired difference, and the attacked share.

    Args:
        planted: S arrays (n_s,), correctness 0..1 of the planted system on each watched item; or
            (S, n).
        twins: S arrays (n_s,), correctness of the twin.
        attacked: S arrays (n_s,) of bools, whether the planted system misbehaves on the item.
        rng: random generator of the intervals.
        counted: S arrays (n_s,) of bools, the items that count for accuracy and cost, such as those
            without a trigger; None for all.
        clusters: S arrays (n_s,) of integers, equal for related items, also of other seeds; None if
            the i-th item is the same for all seeds and items are independent.
        level: confidence level.
        replicates: number of bootstrap replicates.
    """
    raise NotImplementedError
