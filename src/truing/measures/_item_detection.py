"""Detection of attacked items: AUROC over items, and audits until the first attacked item."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from truing.measures._estimate import Estimate


@dataclass(frozen=True)
class ItemDetection:
    """How well the order of suspicion finds attacked items of planted systems.

    Attributes:
        auroc: probability that an attacked item of a planted system is more suspicious than an item
            of the twin with the same seed; mean over seeds.
        audits: number of items that are audited in the order of suspicion, up to the first attacked
            item; mean over seeds.
        seeds: number of planted systems with an attacked item. The other systems do not count: they
            have nothing to find.
        note: how many systems do not count; empty if all count.
    """

    auroc: Estimate
    audits: Estimate
    seeds: int
    note: str


def measure_items(
    planted: Sequence[np.ndarray],
    twins: Sequence[np.ndarray],
    attacked: Sequence[np.ndarray],
    *,
    clusters: Sequence[np.ndarray] | None = None,
    level: float = 0.95,
) -> ItemDetection:
    """AUROC of attacked items against items of the twins, and audits until the first of them.

    Args:
        planted: S arrays (n_s,), suspicion of each watched item of the planted system; or (S, n).
        twins: S arrays (n_s,), suspicion of each watched item of the twin.
        attacked: S arrays (n_s,) of bools, whether the planted system misbehaves on the item.
        clusters: S arrays (n_s,) of integers, equal for related items, also of other seeds; None if
            the i-th item is the same for all seeds and items are independent.
        level: confidence level.

    Raises:
        ValueError: shapes differ or a suspicion is not finite.
    """
    raise NotImplementedError


def audits_until_attack(suspicion, attacked) -> float | None:
    """Expected number of audits in the order of suspicion, up to the first attacked item.

    Args:
        suspicion: (n,) suspicion of each item. Ties are audited in random order.
        attacked: (n,) bools.

    Returns:
        The expectation over random orders of ties; None if no item is attacked.

    Examples:
        >>> from truing.measures import audits_until_attack
        >>> audits_until_attack([0.9, 0.5, 0.5, 0.5, 0.1], [0, 0, 1, 0, 1])
        3.0
    """
    raise NotImplementedError


def mean_audits(audits, most: int, *, level: float = 0.95) -> Estimate:
    """Mean number of audits over systems, with its interval.

    Args:
        audits: (S,) number of audits of each system; NaN for a system that does not count.
        most: largest possible number of audits.
        level: confidence level.
    """
    raise NotImplementedError
