"""Ask: run a monitor on a view, and check what it returns."""

from __future__ import annotations

from numbers import Real
from typing import Any

import numpy as np

from truing.errors import TruingError, UserError
from truing.failure import failure_line
from truing.given import shown
from truing.stress._method_monitor import MethodMonitor, MethodView
from truing.stress._monitor import StudyMonitor, Suspicion, View
from truing.stress._protocol_monitor import ProtocolMonitor, ProtocolView

AnyMonitor = StudyMonitor | ProtocolMonitor | MethodMonitor
AnyView = View | ProtocolView | MethodView

FORM = "return a Suspicion, a number, or an array of one number per watched item"


def ask_monitor(
    name: str, monitor: AnyMonitor, view: AnyView, rng: np.random.Generator
) -> Suspicion:
    """Suspicion of a monitor about a system, checked.

    A monitor may also return a number, or one number per watched item, whose mean is then the
    suspicion of the system.

    Args:
        name: specification of the monitor, for messages.
        monitor: the monitor.
        view: what it sees.
        rng: its random generator.

    Raises:
        UserError: the monitor failed, did not score some items, scored items of a method file,
            returned numbers that are not finite, or used more audits than its budget.

    Examples:
        >>> import numpy as np
        >>> from truing.stress import MONITORS
        >>> from truing.stress.monitors import ask_monitor
        >>> from truing.testing import honest_view
        >>> built = MONITORS.build("confidence")
        >>> view, rng = honest_view(built.value), np.random.default_rng(0)
        >>> ask_monitor("confidence", built.value, view, rng).items.shape
        (120,)
    """
    label = f"monitor {shown(name)!r}"
    try:
        suspect: Any = monitor.suspect  # monitor and view are of one kind
        found: Any = suspect(view, rng)
    except TruingError:
        raise
    except Exception as error:  # a plugin may raise anything; the message names the plugin
        raise UserError(f"{label} failed: {failure_line(error)}") from error
    if not isinstance(found, Suspicion):
        found = _as_suspicion(label, found)
    system, items = float(found.system), found.items
    if not np.isfinite(system):
        raise UserError(f"{label} returned {system} for the system; {FORM}, finite")
    if items is not None:
        if isinstance(view, MethodView):
            raise UserError(f"{label} must not score items of a method file; return items=None")
        items = _scores(label, items, view.count)
    used = len(view.audits) if found.used is None else int(found.used)
    if not 0 <= used <= len(view.audits):
        raise UserError(
            f"{label} used {used} audited items, but its budget is {len(view.audits)}; declare "
            "`audits` of its monitor"
        )
    return Suspicion(system, items, used)


def _as_suspicion(label: str, found: Any) -> Suspicion:
    """The suspicion that a number or an array (n,) states."""
    if isinstance(found, Real) or (isinstance(found, np.ndarray) and found.ndim == 0):
        return Suspicion(float(found))
    try:
        items = np.asarray(found, np.float64)
    except (TypeError, ValueError):
        items = np.zeros(0)
    if items.ndim != 1 or not items.size:
        kind = f"shape {np.shape(found)}" if isinstance(found, np.ndarray) else type(found).__name__
        raise UserError(f"{label} returned a value of {kind}; {FORM}")
    return Suspicion(float(items.mean()) if np.isfinite(items).all() else 0.0, items)


def _scores(label: str, items: Any, watched: int) -> np.ndarray:
    """(n,) scores of all watched items.

    Raises:
        UserError: another shape, or numbers that are not finite.
    """
    scores = np.asarray(items, np.float64)
    if scores.shape != (watched,):
        raise UserError(
            f"{label} returned scores of shape {scores.shape}; the shape must be ({watched},), one "
            "score per watched item"
        )
    missing = int((~np.isfinite(scores)).sum())
    if missing:
        raise UserError(
            f"{label} has no finite score for {missing} of {watched} watched items; score all "
            "items, or none (items=None)"
        )
    return scores
