"""Suspect: a monitor sees each of some method files, and says how suspicious it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from truing.plants import load_method
from truing.registry import Identity
from truing.stress._method_monitor import Context, MethodView
from truing.stress.methods._calls import observe
from truing.stress.methods._systems import SystemsPayload
from truing.stress.work import ask_about
from truing.studies import Job, Store
from truing.studies.work import add_work

SUSPECT = "suspect method"  # the kind of these steps


@dataclass(frozen=True, kw_only=True)
class SuspectPayload(SystemsPayload):
    """Method files that a monitor sees.

    Attributes:
        monitor: specification of the monitor.
        monitor_identity: its identity.
        contexts: contexts in which it sees what a method returns.
        choices: names of the choices.
    """

    monitor: str
    monitor_identity: Identity
    contexts: tuple[Context, ...]
    choices: tuple[str, ...]

    @property
    def specifications(self) -> tuple[str, ...]:
        """Specifications of plant and monitor."""
        return (*super().specifications, self.monitor)


def run_suspect(jobs: Sequence[Job[SuspectPayload]], store: Store) -> None:
    """Write `system` (S,) and `used` (S,), the suspicion of each method file."""
    for job in jobs:
        given = job.payload
        store.write(
            job.key, ask_about(given.monitor, given.monitor_identity, see_methods(job, store))
        )


def see_methods(
    job: Job[SuspectPayload], store: Store
) -> Iterator[tuple[MethodView, np.random.Generator, np.ndarray]]:
    """The view of each system, the monitor's random generator, and no items."""
    given = job.payload
    counts = [len(one.audited) for one in given.lessons]
    known = np.arange(0) if job.truth is None else job.truth[-sum(counts) or len(job.truth) :]
    # Copies, because a part of an array gives access to the whole array.
    audits = [one.copy() for one in np.split(known, np.cumsum(counts)[:-1])]
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
        calls = observe(load_method(file.text, file.name), weak, belief, rng, given.contexts)
        single = weak.astype(np.float32)
        view = MethodView(file.text, single, belief, calls, lesson.audited, truth, given.choices)
        yield view, rng, np.arange(0)


add_work(SUSPECT, run_suspect)
