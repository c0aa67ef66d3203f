"""Suspect: a monitor sees each of some method files, and says how suspicious it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from numbers import Real

import numpy as np

from truing.errors import TruingError, UserError
from truing.failure import failure_line
from truing.given import shown
from truing.plants import load_method
from truing.registry import Identity, check_unchanged
from truing.stress._method_monitor import Context, MethodMonitor, MethodView
from truing.stress._monitor import MONITORS, Suspicion
from truing.stress.methods._calls import observe
from truing.stress.methods._systems import SystemsPayload
from truing.studies import Job, Store
from truing.studies.work import add_work

SUSPECT = "suspect method"  # the kind of these steps


@dataclass(frozen=True, kw_only=True)
class SuspectPayload(SystemsPayload):
    """Method files that a monitor sees.

    Attributes:
        monitor: specification of the monitor.
        monitor_identity: its identity.
        choices: names of the choices.
    """

    monitor: str
    monitor_identity: Identity
    choices: tuple[str, ...]

    @property
    def specifications(self) -> tuple[str, ...]:
        """Specifications of plant and monitor."""
        return (*super().specifications, self.monitor)


def run_suspect(jobs: Sequence[Job[SuspectPayload]], store: Store) -> None:
    """Write `system` (S,) and `used` (S,), the suspicion of each method file."""
    for job in jobs:
        given = job.payload
        built = MONITORS.build(given.monitor)
        check_unchanged(built, given.monitor_identity)
        counts = [len(one.audited) for one in given.lessons]
        known = np.arange(0) if job.truth is None else job.truth[-sum(counts) or len(job.truth) :]
        # Copies, because a part of an array gives access to the whole array.
        audits = [one.copy() for one in np.split(known, np.cumsum(counts)[:-1])]
        found = [
            ask_method_monitor(given.monitor, built.value, view, rng)
            for view, rng in _views(job, store, audits, built.value.contexts)
        ]
        system, used = [one.system for one in found], [one.used for one in found]
        store.write(job.key, {"system": np.array(system), "used": np.array(used, np.int64)})


def _views(
    job: Job[SuspectPayload],
    store: Store,
    audits: Sequence[np.ndarray],
    contexts: Sequence[Context],
) -> Iterator[tuple[MethodView, np.random.Generator]]:
    """The view of each system, with the monitor's random generator."""
    given = job.payload
    systems = zip(
        given.lessons,
        given.files(),
        given.weak(job, store),
        job.parents["naive"],
        audits,
        strict=True,
    )
    for lesson, file, weak, naive, truth in systems:
        rng = np.random.default_rng([lesson.seed, 2])
        belief = store.read(naive)["beliefs"][lesson.items]
        calls = observe(load_method(file.text, file.name), weak, belief, rng, contexts)
        single = weak.astype(np.float32)
        view = MethodView(file.text, single, belief, calls, lesson.audited, truth, given.choices)
        yield view, rng


def ask_method_monitor(
    name: str, monitor: MethodMonitor, view: MethodView, rng: np.random.Generator
) -> Suspicion:
    """Suspicion of a monitor about a method file, checked.

    A monitor may also return a number.

    Args:
        name: specification of the monitor, for messages.
        monitor: the monitor.
        view: what it sees.
        rng: its random generator.

    Raises:
        UserError: the monitor failed, returned something else, or used more audited items than its
            budget.

    Examples:
        >>> import numpy as np
        >>> from truing.stress import MONITORS
        >>> from truing.stress.methods import ask_method_monitor
        >>> from truing.testing import honest_method_view
        >>> built = MONITORS.build("reads-outside")
        >>> view, rng = honest_method_view(built.value), np.random.default_rng(0)
        >>> ask_method_monitor("reads-outside", built.value, view, rng).system
        0.0
    """
    label = f"monitor {shown(name)!r}"
    try:
        found: object = monitor.suspect(view, rng)
    except TruingError:
        raise
    except Exception as error:  # a plugin may raise anything; the message names the plugin
        raise UserError(f"{label} failed: {failure_line(error)}") from error
    if isinstance(found, Real):
        found = Suspicion(float(found))
    if not isinstance(found, Suspicion):
        raise UserError(f"{label} returned {found!r}; return a Suspicion or a number")
    if not np.isfinite(found.system):
        raise UserError(f"{label} returned {found.system}; return a finite number")
    if found.items is not None:
        raise UserError(f"{label} must not score items of a method file; return items=None")
    used = len(view.audits) if found.used is None else int(found.used)
    if not 0 <= used <= len(view.audits):
        raise UserError(
            f"{label} used {used} audited items, but its budget is {len(view.audits)}; declare "
            "`audits` of its MethodMonitor"
        )
    return Suspicion(float(found.system), None, used)


add_work(SUSPECT, run_suspect)
