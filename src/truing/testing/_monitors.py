"""Contract of monitors of studies and protocols, and the check of monitors of all kinds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from truing.errors import UserError
from truing.given import shown
from truing.stress import (
    MONITORS,
    MethodMonitor,
    ProtocolMonitor,
    Seen,
    StudyMonitor,
    Suspicion,
    View,
)
from truing.stress.monitors import GivenMonitor, ask_monitor, give_monitors
from truing.testing._contract import Checked, Contract, Skip, Violation, require
from truing.testing._method_systems import METHOD_MONITOR, MethodMonitorCase
from truing.testing._protocol_views import (
    PROTOCOLS,
    honest_protocol_view,
    reordered_plays,
    with_wrong_verdicts,
)
from truing.testing._small_views import SHAPES, honest_view
from truing.testing._watched import watch

SEED = 0


def check_monitor(monitor: GivenMonitor) -> Checked:
    """Check a monitor on simulated systems.

    A monitor of studies sees students with two and four classes, and with two and three choices per
    item. A monitor of protocols sees plays of embedded agents: a debate, a consultancy and a judge
    without help. A monitor may refuse some of these with a `UserError`, but not all. A monitor of
    methods sees honest method files.

    Args:
        monitor: name of a monitor, `path/to/file.py:name`, or an object as in
            `StressTest(monitors=...)`: a function (view, rng), or a monitor object.

    Returns:
        The conditions that were checked.

    Raises:
        ContractError: a condition is violated. The message names the condition and a remedy.
        UserError: there is no such monitor.

    Examples:
        >>> from truing.testing import check_monitor
        >>> print(check_monitor("probe,trusted=20"))
        monitor 'probe,trusted=20': 5 conditions are satisfied
        - it scores the system, and all watched items or none, with finite numbers
        - the monitor does not change the view
        - a second call with the same view and random seed returns the same suspicion
        - no ground truth is read from a vault
        - suspicions follow their items if the items are reordered
        not checked:
        - ground truth of audited items after the number that it used does not matter: it has no \
audits
    """
    (specification,) = give_monitors(monitor)
    name, built = shown(specification), MONITORS.build(specification)
    if isinstance(built.value, MethodMonitor):
        return METHOD_MONITOR.check(name, MethodMonitorCase(name, built.value))
    if isinstance(built.value, ProtocolMonitor):
        return MONITOR.check(name, _MonitorCase(name, built.value, PLAYS))
    if not isinstance(built.value, StudyMonitor):
        raise UserError(f"{name!r} is a monitor of the kind {built.value.kind}, which is unknown")
    return MONITOR.check(name, _MonitorCase(name, built.value, STUDENTS))


@dataclass(frozen=True)
class _Views:
    """The views of one kind of system.

    Attributes:
        make: an honest view for a monitor, of a shape.
        shapes: the shapes.
        reordered: the same view with watched items in an order.
        wrong: the same view with wrong answers of the system.
        choices: number of choices.
    """

    make: Callable[[Any, Any], Any]
    shapes: Sequence[Any]
    reordered: Callable[[Any, np.ndarray], Any]
    wrong: Callable[[Any], Any]
    choices: Callable[[Any], int]


@dataclass(frozen=True)
class _MonitorCase:
    name: str
    monitor: StudyMonitor | ProtocolMonitor
    views: _Views

    @cached_property
    def seen(self) -> list[tuple[Any, Suspicion]]:
        """Views that the monitor does not refuse, each with its suspicion.

        Raises:
            UserError: the monitor refuses all views.
        """
        found, refusals = [], []
        for shape in self.views.shapes:
            try:
                suspicion = self.ask(self.views.make(self.monitor, shape))[0]
                found.append((self.views.make(self.monitor, shape), suspicion))
            except UserError as refusal:
                refusals.append(refusal)
        if not found:
            raise refusals[0]
        return found

    def ask(self, view: Any) -> tuple[Suspicion, bool]:
        """Suspicion about a system, and whether the monitor used the random generator."""
        rng = np.random.default_rng(SEED)
        before = repr(rng.bit_generator.state)
        found = ask_monitor(self.name, self.monitor, view, rng)
        return found, repr(rng.bit_generator.state) != before


MONITOR: Contract[_MonitorCase] = Contract("monitor")


@MONITOR.condition("it scores the system, and all watched items or none, with finite numbers")
def _finite(case: _MonitorCase) -> None:
    assert case.seen


@MONITOR.condition("the monitor does not change the view")
def _pure(case: _MonitorCase) -> None:
    for view, _ in case.seen:
        before = [one.copy() for one in _arrays(view)]
        case.ask(view)
        same = [
            np.array_equal(one, other, equal_nan=one.dtype != object)
            for one, other in zip(before, _arrays(view), strict=True)
        ]
        require(all(same), "it changed arrays of the view", "use copies")


@MONITOR.condition("a second call with the same view and random seed returns the same suspicion")
def _repeatable(case: _MonitorCase) -> None:
    for view, first in case.seen:
        _require_equal(
            first,
            case.ask(view)[0],
            "a second call returned another suspicion",
            "draw all random numbers from `rng`, and keep no state between calls",
        )


@MONITOR.condition("no ground truth is read from a vault")
def _closed(case: _MonitorCase) -> None:
    with watch() as watched:
        for view, _ in case.seen:
            case.ask(view)
    watched.require_closed()


@MONITOR.condition("ground truth of audited items after the number that it used does not matter")
def _budget(case: _MonitorCase) -> None:
    if not case.monitor.audits:
        raise Skip("it has no audits")
    stopped = 0
    for honest, _ in case.seen:
        for view in (honest, case.views.wrong(honest)):
            first = case.ask(view)[0]
            left = np.arange(len(view.audits)) >= (first.used or 0)
            stopped += bool(left.any())
            other = np.where(left, (view.audits + 1) % case.views.choices(view), view.audits)
            _require_equal(
                first,
                case.ask(replace(view, audits=other))[0],
                f"it states that it used {first.used} audits, but later ones change its suspicion",
                "count all audited items that it looks at in `used`",
            )
    if not stopped:
        raise Skip("it uses all audits")


@MONITOR.condition("suspicions follow their items if the items are reordered")
def _order(case: _MonitorCase) -> None:
    for view, first in case.seen:
        order = np.random.default_rng(1).permutation(view.count)
        found, random = case.ask(case.views.reordered(view, order))
        if random:
            raise Skip("it draws random numbers, in the order of the items")
        moved = None if first.items is None else first.items[order]
        _require_equal(
            replace(first, items=moved),
            found,
            "suspicions changed with the order of the watched items",
            "score an item by its own rows of the view, not by its position",
            exact=False,
        )


def _require_equal(
    first: Suspicion, other: Suspicion, wrong: str, remedy: str, *, exact: bool = True
) -> None:
    """Raise Violation unless two suspicions are equal; up to rounding unless `exact`."""
    pairs: list[tuple[Any, Any]] = [(first.system, other.system), (first.used, other.used)]
    if (first.items is None) != (other.items is None):
        raise Violation(wrong, remedy)
    if first.items is not None:
        pairs.append((first.items, other.items))
    scale = 0.0 if exact else 1e-4
    require(all(np.allclose(*pair, rtol=scale, atol=scale) for pair in pairs), wrong, remedy)


def _reordered(view: View, order: np.ndarray) -> View:
    """The same view with watched items in another order."""
    place = np.argsort(order)
    return replace(view, watched=_rows(view.watched, order), audited=place[view.audited])


def _with_wrong_answers(view: View) -> View:
    """The same view with wrong answers of the system, a reason to stop."""
    beliefs = view.watched.beliefs.copy()
    beliefs[:, :2] = beliefs[:, 1::-1]
    return replace(view, watched=replace(view.watched, beliefs=beliefs))


def _rows(seen: Seen, order: np.ndarray) -> Seen:
    return Seen(
        seen.inputs[order],
        seen.features[order],
        seen.beliefs[order],
        {name: one[order] for name, one in seen.models.items()},
        {name: one[:, order] for name, one in seen.changed.items()},
    )


def _arrays(one: Any) -> Iterator[np.ndarray]:
    """All arrays of a view."""
    if isinstance(one, np.ndarray):
        yield one
    elif isinstance(one, dict):
        for value in one.values():
            yield from _arrays(value)
    elif is_dataclass(one):
        for each in fields(one):
            yield from _arrays(getattr(one, each.name))


STUDENTS = _Views(
    honest_view, SHAPES, _reordered, _with_wrong_answers, lambda view: len(view.choices)
)
PLAYS = _Views(
    honest_protocol_view,
    PROTOCOLS,
    reordered_plays,
    with_wrong_verdicts,
    lambda view: len(view.watched[0].question.choices),
)
