"""Given objects as monitors of a stress test: functions and monitor objects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from truing.given_extensions import GivenExtensions
from truing.stress._monitor import MONITORS, StudyMonitor

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
    return GIVEN.give(given)


GIVEN = GivenExtensions(
    MONITORS,
    "monitors",
    "a monitor is a function (view, rng) -> Suspicion, or a monitor object",
    ("view", "rng"),
    "suspect",
    StudyMonitor,
)
MONITORS.adapt = GIVEN.adapt
