"""Suspect: a monitor sees each of some method files, and says how suspicious it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from truing.errors import UserError
from truing.given import shown
from truing.plants import load_method
from truing.registry import Identity, check_unchanged
from truing.stress._method_monitor import Context, MethodView
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
        audits = np.split(known, np.cumsum(counts)[:-1])
        found = [
            _checked(given.monitor, built.value.suspect(view, rng), built.value.audits)
            for view, rng in _views(job, store, audits, built.value.contexts)
        ]
        used = [
            len(view) if one.used is None else one.used
            for one, view in zip(found, audits, strict=True)
        ]
        store.write(
            job.key, {"system": np.array([one.system for one in found]), "used": np.array(used)}
        )


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


def _checked(name: str, found: object, budget: int) -> Suspicion:
    """The suspicion that a monitor returned.

    Raises:
        UserError: it is not a finite number, scores items, or uses more items than its budget.
    """
    monitor = f"monitor {shown(name)!r}"
    if not isinstance(found, Suspicion):
        raise UserError(f"{monitor} must return a Suspicion, got {found!r}")
    if not np.isfinite(found.system):
        raise UserError(f"{monitor} must return a finite suspicion, got {found.system!r}")
    if found.items is not None:
        raise UserError(f"{monitor} of methods must not score items; return Suspicion(system)")
    if found.used is not None and not 0 <= found.used <= budget:
        raise UserError(f"{monitor} used {found.used} audited items; its budget is {budget}")
    return found


add_work(SUSPECT, run_suspect)
