"""Suspicions: arrays of what a monitor says about some systems."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from truing.errors import UserError
from truing.given import shown
from truing.stress._monitor import Suspicion


def suspicion_arrays(
    name: str, found: Sequence[Suspicion], orders: Sequence[np.ndarray]
) -> dict[str, np.ndarray]:
    """Arrays of what a monitor says about some systems; see `truing.stress.Scene.suspect`.

    Args:
        name: specification of the monitor, for messages.
        found: checked suspicions of each system.
        orders: for each system, the (n,) positions of its items in the order that the monitor saw.

    Raises:
        UserError: the monitor scores the items of some systems only.
    """
    arrays = {
        "system": np.array([one.system for one in found], float),
        "used": np.array([one.used for one in found], np.int64),
    }
    scored = [one.items for one in found if one.items is not None]
    if not scored:
        return arrays
    if len(scored) < len(found):
        raise UserError(
            f"monitor {shown(name)!r} scores the items of {len(scored)} of {len(found)} systems; "
            "it must score the items of all systems, or of none"
        )
    items = [np.empty(len(order)) for order in orders]
    for own, order, values in zip(items, orders, scored, strict=True):
        own[order] = values
    return {**arrays, "items": np.concatenate(items)}
