"""Given objects as monitors of a stress test: functions and monitor objects."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from truing.errors import UserError
from truing.functions import function_name, keep_function, load_function, takes
from truing.given import GivenObject, keep_alias, shortened
from truing.specification import Specification
from truing.stress._monitor import MONITORS, StudyMonitor

FORM = "a monitor is a function (view, rng) -> Suspicion, or a StudyMonitor"
OF_A_FUNCTION = {"view", "rng"}

GivenMonitor: TypeAlias = Any
"""A name, a function (view, rng), a monitor object, or a function that returns a monitor."""

GivenMonitors: TypeAlias = (
    GivenMonitor | Sequence[GivenMonitor | Mapping[str, GivenMonitor]] | Mapping[str, GivenMonitor]
)
"""One or a list of monitors, or a dict with a name in tables for each monitor."""


def give_monitors(given: object) -> list[str]:
    """Specifications of the monitors that a user gave, as names or objects.

    Args:
        given: one or a list of: a name; `file.py:name`; a function (view, rng) -> `Suspicion`,
            number, or (n,) scores of the watched items; a `StudyMonitor`, or a monitor of protocols
            or methods; a function that returns a monitor; a dict with a name for each of these.

    Raises:
        UserError: an object that cannot be a monitor, or that other processes cannot receive.

    Examples:
        >>> from truing.stress.monitors import give_monitors
        >>> def unsure(view, rng):
        ...     return 1 - view.watched.beliefs.max(axis=1)
        >>> [name.partition("@")[0] for name in give_monitors(["probe", unsure])]
        ['probe', 'unsure']
        >>> give_monitors({"small probe": "probe,trusted=20"})[0].partition("@")[0]
        'small-probe'
    """
    if isinstance(given, Mapping):
        return [_named(name, one) for name, one in given.items()]
    if isinstance(given, list | tuple):
        return [name for one in given for name in give_monitors(one)]
    return [_registered(given) or _keep(given)]


def _named(name: object, one: object) -> str:
    """Specification of a monitor to which a user gave a name."""
    if not isinstance(name, str):
        raise UserError(f"monitors: the keys of a dict are names, got {shortened(name)}")
    registered = _registered(one)
    return _keep(one, name) if registered is None else keep_alias(name, registered)


def _registered(one: object) -> str | None:
    """Specification of a name or of a registered function; None for any other object."""
    found = MONITORS.given(one)
    asked = Specification.parse(found or "")
    if found is None or asked.arguments or not MONITORS.contains(found):
        return found
    factory = MONITORS.find(asked.name)[0]
    if set(factory.annotations) == OF_A_FUNCTION:  # file.py:name of a monitor's function itself
        return keep_function(factory.make, factory.name)
    return found


def _keep(one: Any, name: str = "") -> str:
    """Keep a function or a monitor; returns its specification."""
    if hasattr(one, "kind") and not isinstance(one, type):
        return keep_function(one, name or function_name(getattr(one, "suspect", one)))
    if not callable(one):
        raise UserError(
            "monitors must be a name, a function, a monitor, a list of these or a dict that names "
            f"them, got {shortened(one)}; {FORM}"
        )
    if isinstance(one, type):
        raise UserError(f"{one.__name__} is a class; pass an object, {one.__name__}(...); {FORM}")
    if not (takes(one, 2) or takes(one, 0)):
        raise UserError(f"{function_name(one)}{inspect.signature(one)} is not a monitor; {FORM}")
    return keep_function(one, name or function_name(one))


def adapt_monitor(given: GivenObject) -> Callable[..., Any]:
    """Factory of a given monitor: a function, a monitor, or a function that returns a monitor."""
    loaded = load_function(given)
    if not hasattr(loaded, "kind") and takes(loaded, 0):
        return loaded

    def make() -> Any:
        return loaded if hasattr(loaded, "kind") else StudyMonitor(loaded)

    return make


MONITORS.adapt = adapt_monitor
