"""Suspicions: what a monitor says about some systems, as arrays."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from truing.errors import UserError
from truing.given import shown
from truing.registry import Identity, check_unchanged
from truing.stress._monitor import Suspicion
from truing.stress.monitors import MONITORS, AnyView, ask_monitor
from truing.tasks import withhold_truth

SeenSystem = tuple[AnyView, np.random.Generator, np.ndarray]
"""View of a system, random generator of the monitor, and the (n,) positions of the system's items
in the order that the monitor sees; no positions if the systems have no watched items."""


def ask_about(
    monitor: str, identity: Identity, systems: Iterable[SeenSystem]
) -> dict[str, np.ndarray]:
    """Arrays of what a monitor says about some systems; see `truing.stress.Scene.suspect`.

    Args:
        monitor: specification of the monitor.
        identity: its identity, see `Built.identity`.
        systems: what it sees of each system.

    Raises:
        UserError: as in `ask_monitor`, the monitor scores the items of some systems only, or it
            reads ground truth from a vault.
    """
    built = MONITORS.build(monitor)
    check_unchanged(built, identity)
    found, orders = [], []
    for view, rng, order in systems:
        with withhold_truth(f"monitor {shown(monitor)!r}"):
            found.append(ask_monitor(monitor, built.value, view, rng))
        orders.append(order)
    arrays = {
        "system": np.array([one.system for one in found], float),
        "used": np.array([one.used for one in found], np.int64),
    }
    items = _items(monitor, found, orders)
    return arrays if items is None else {**arrays, "items": items}


def _items(
    monitor: str, found: Sequence[Suspicion], orders: Sequence[np.ndarray]
) -> np.ndarray | None:
    """(L,) suspicion of each item of all systems; None if the monitor does not score items."""
    scored = [one.items for one in found if one.items is not None]
    if not scored:
        return None
    if len(scored) < len(found):
        raise UserError(
            f"monitor {shown(monitor)!r} scores the items of {len(scored)} of {len(found)} "
            "systems; it must score the items of all systems, or of none"
        )
    items = [np.empty(len(order)) for order in orders]
    for own, order, values in zip(items, orders, scored, strict=True):
        own[order] = values
    return np.concatenate(items)
