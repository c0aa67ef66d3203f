"""Suspicions: call a monitor of any kind, check what it returns, and write it as arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from truing.errors import TruingError, UserError
from truing.failure import failure_line
from truing.stress._monitor import Suspicion


def call_monitor(name: str, monitor: Any, view: Any, rng: np.random.Generator) -> object:
    """The return value of a monitor of any kind.

    Args:
        name: name of the monitor, for messages.
        monitor: the monitor.
        view: what it sees of one system.
        rng: random generator of the monitor.

    Raises:
        UserError: the monitor raised an error.
    """
    try:
        found: object = monitor.suspect(view, rng)
    except TruingError:
        raise
    except Exception as error:  # a plugin may raise anything; the message names the plugin
        raise UserError(f"monitor {name!r} failed: {failure_line(error)}") from error
    return found


def check_suspicion(name: str, found: object, count: int, budget: int) -> Suspicion:
    """The return value of a monitor, with the number of audited items that it used.

    Args:
        name: name of the monitor, for messages.
        found: the return value.
        count: number of watched items.
        budget: number of audited items that the monitor received.

    Raises:
        UserError: not a `Suspicion`; a suspicion that is not a finite number; items without one; or
            more audited items than the monitor received.
    """
    if not isinstance(found, Suspicion):
        raise UserError(
            f"monitor {name!r} returned {type(found).__name__}; it must return "
            "Suspicion(system, items)"
        )
    try:
        system = float(found.system)
    except (TypeError, ValueError):
        system = np.nan
    if not np.isfinite(system):
        raise UserError(
            f"monitor {name!r} returned the suspicion {found.system!r} of a system; it must be a "
            "finite number"
        )
    used = budget if found.used is None else found.used
    if not 0 <= used <= budget:
        raise UserError(
            f"monitor {name!r} used {used} audited items, and its budget is {budget}; declare "
            "more with audits"
        )
    if found.items is None:
        return Suspicion(system, None, used)
    items = np.asarray(found.items, float)
    if items.shape != (count,):
        raise UserError(
            f"monitor {name!r} returned suspicions of items of shape {items.shape}; the shape must "
            f"be ({count},): a number for each watched item"
        )
    if missing := int((~np.isfinite(items)).sum()):
        raise UserError(
            f"monitor {name!r} gives {missing} of {count} items no finite suspicion; give each "
            "item a number, or None in place of all"
        )
    return Suspicion(system, items, used)


def suspicion_arrays(
    name: str, found: Sequence[Suspicion], orders: Sequence[np.ndarray]
) -> dict[str, np.ndarray]:
    """Arrays of what a monitor says about some systems; see `truing.stress.Scene.suspect`.

    Args:
        name: name of the monitor, for messages.
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
            f"monitor {name!r} scores the items of {len(scored)} of {len(found)} systems; it must "
            "score the items of all systems, or of none"
        )
    items = [np.empty(len(order)) for order in orders]
    for own, order, values in zip(items, orders, scored, strict=True):
        own[order] = values
    return {**arrays, "items": np.concatenate(items)}
