"""Thinning: leave out items until some groups of items have given shares."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np


def thin(groups: np.ndarray, shares: np.ndarray, ranks: np.ndarray) -> np.ndarray:
    """(n,) which items remain, so that each group has its share, to the nearest whole item.

    As few items as possible are left out: those of the groups that are too large, with the highest
    ranks.

    Args:
        groups: (n,) number of each item's group.
        shares: (G,) share of each group; they add up to 1.
        ranks: (n,) rank of each item.

    Examples:
        >>> import numpy as np
        >>> from truing.tasks.shift import thin
        >>> groups, ranks = np.array([0, 0, 0, 0, 1]), np.array([3, 1, 4, 2, 0])
        >>> thin(groups, np.array([0.5, 0.5]), ranks)
        array([False,  True, False, False,  True])
    """
    counts = np.bincount(groups, minlength=len(shares))
    wanted = shares > 0
    total = (counts[wanted] / shares[wanted]).min()
    kept = np.minimum(np.round(total * shares), counts).astype(int)
    remains = np.zeros(len(groups), bool)
    for group, count in enumerate(kept.tolist()):
        own = np.flatnonzero(groups == group)
        remains[own[np.argsort(ranks[own], kind="stable")[:count]]] = True
    return remains


def hash_ranks(ids: Sequence[str]) -> np.ndarray:
    """(N,) ranks of items by a hash of their ids: the same on every machine and for every seed."""
    hashes = [hashlib.sha256(f"design {one}".encode()).hexdigest() for one in ids]
    ranks = np.empty(len(ids), np.int64)
    ranks[np.argsort(np.array(hashes), kind="stable")] = np.arange(len(ids))
    return ranks
