"""Step `suspect plays`: a monitor sees the plays of some systems."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from truing.registry import Built, Identity
from truing.seeding import seeded
from truing.stress._protocol_monitor import Belief, ProtocolMonitor, ProtocolView, SeenPlay
from truing.stress.protocols._record import PLAYS, PlayRecord, read_plays
from truing.stress.protocols._system import HonestSystem, divide
from truing.stress.work import ask_about
from truing.studies import Job, Payload, Step, Store
from truing.studies.work import add_work, code_version, digest
from truing.tasks import Truth, Vault

SUSPECT = "suspect plays"  # the kind of these steps
BESIDE = "beside "  # before the name of another protocol, in the role of the steps that play it


@dataclass(frozen=True, eq=False)
class Known:
    """Plays of one system whose ground truth a monitor receives.

    Attributes:
        trusted: positions of the trusted plays among all plays of the system.
        audited: positions of the audited plays among its watched plays.
        questions: index of the question of each of them, trusted plays first.
    """

    trusted: np.ndarray
    audited: np.ndarray
    questions: np.ndarray


@dataclass(frozen=True)
class SuspectPlaysPayload(Payload):
    """Systems that a monitor sees.

    Attributes:
        monitor: specification of the monitor.
        identity: identity of the monitor, see `Built.identity`.
        honest: the honest system.
        seeds: the seeds.
        known: for each system the plays with known ground truth.
    """

    monitor: str
    identity: Identity
    honest: HonestSystem
    seeds: tuple[int, ...]
    known: tuple[Known, ...]

    @property
    def specifications(self) -> tuple[str, ...]:
        """Specification of the monitor."""
        return (self.monitor,)


def suspect_plays_step(
    monitor: Built[ProtocolMonitor],
    honest: HonestSystem,
    seeds: tuple[int, ...],
    known: Sequence[Known],
    vault: Vault,
    parents: dict[str, tuple[Step, ...]],
) -> Step:
    """Plan what a monitor says about some systems.

    Args:
        monitor: the monitor.
        honest: the honest system.
        seeds: the seeds.
        known: for each system the plays with known ground truth.
        vault: ground truth of the questions.
        parents: steps of the plays by role: `plays`, `swapped`, `reviews`, and `beside NAME`
            for other protocols, each in the order of the seeds.
    """
    questions = np.concatenate([one.questions for one in known])
    places = [part for one in known for part in (one.trusted, one.audited)]
    config = {
        "monitor": monitor.identity,
        "known": digest(np.concatenate([questions, *places])),
        "sizes": [len(part) for part in places],
        "truth": vault.digest(questions),
        "code": code_version(suspect_plays_step, run_suspect_plays),
    }
    payload = SuspectPlaysPayload(monitor.label, monitor.identity, honest, seeds, tuple(known))
    truth = Truth(vault, questions, "audit") if len(questions) else None
    return Step(SUSPECT, config, parents, payload, truth)


def run_suspect_plays(jobs: Sequence[Job[SuspectPlaysPayload]], store: Store) -> None:
    """Write `system` (S,), `used` (S,) and `items` (L,); see `truing.stress.Scene.suspect`."""
    for job in jobs:
        asked = job.payload
        store.write(job.key, ask_about(asked.monitor, asked.identity, PlayViewer(job, store)))


class PlayViewer:
    """What a monitor sees of each system, in random order of the plays.

    An iterator of the view of each system, the monitor's random generator, and the order (n,) of
    the watched plays.
    """

    def __init__(self, job: Job[SuspectPlaysPayload], store: Store):
        self.job, self.store, self.asked = job, store, job.payload
        self.plays = self._read("plays")
        self.swapped = self._read("swapped")
        beside = [role for role in job.parents if role.startswith(BESIDE)]
        self.beside = {role.removeprefix(BESIDE): self._read(role) for role in beside}
        read = [store.read(key) for key in job.parents.get("reviews", ())]
        self.reviews = np.concatenate([one["reviews"] for one in read]) if read else None
        self.honeypots = np.concatenate([one["honeypots"] for one in read]) if read else None
        ends = np.cumsum([len(one.questions) for one in self.asked.known])
        self.truths = np.split(np.arange(0) if job.truth is None else job.truth, ends[:-1])

    def __iter__(self) -> Iterator[tuple[ProtocolView, np.random.Generator, np.ndarray]]:
        done = 0
        for at, seed in enumerate(self.asked.seeds):
            watched = watched_plays(self.plays[at], self.asked.honest, seed)
            order = seeded(f"order {self.asked.honest.fingerprint} {seed}").permutation(
                len(watched)
            )
            reviews = np.empty(0)
            if self.reviews is not None:
                reviews = self.reviews[done : done + len(watched)][order]
            done += len(watched)
            view = self._view(at, watched, order, reviews)
            yield view, seeded(f"{self.asked.monitor} {seed}"), order

    def _view(
        self, at: int, watched: np.ndarray, order: np.ndarray, reviews: np.ndarray
    ) -> ProtocolView:
        plays, known = self.plays[at], self.asked.known[at]
        swapped = self.swapped[at] if self.swapped else []
        own = [plays[i] for i in watched[order]]
        trusted = [plays[i] for i in known.trusted]
        audited = [plays[i] for i in watched[known.audited]]
        truth = self.truths[at].tolist()
        right = [one.place(t) for one, t in zip([*trusted, *audited], truth, strict=True)]
        place = np.empty(len(order), np.int64)
        place[order] = np.arange(len(order))
        return ProtocolView(
            watched=self._seen_plays(own),
            swapped=self._seen_plays([swapped[i] for i in watched[order]] if swapped else []),
            beside={
                name: tuple(_verdict_of(systems[at], one) for one in own)
                for name, systems in self.beside.items()
            },
            reviews=reviews,
            honeypots=np.empty(0) if self.honeypots is None else self.honeypots[at],
            trusted=self._seen_plays(trusted),
            truth=np.array(right[: len(trusted)], np.int64),
            audited=place[known.audited],
            audits=np.array(right[len(trusted) :], np.int64),
        )

    def _seen_plays(self, plays: Sequence[PlayRecord]) -> tuple[SeenPlay, ...]:
        return tuple(one.seen(self.asked.honest.questions) for one in plays)

    def _read(self, role: str) -> list[list[PlayRecord]]:
        """Plays of all systems by the steps of a role; empty without steps."""
        keys = self.job.parents.get(role, ())
        return [plays for key in keys for plays in read_plays(self.store.read(key)[PLAYS])]


def _verdict_of(plays: list[PlayRecord], of: PlayRecord) -> Belief | None:
    """Mean verdict of the plays of the same question, in the order in which a play shows it."""
    beliefs = [
        [one.belief[one.place(choice)] for choice in of.order]
        for one in plays
        if one.question == of.question and one.belief is not None
    ]
    return tuple(np.mean(beliefs, axis=0).tolist()) if beliefs else None


def watched_plays(plays: Sequence[PlayRecord], honest: HonestSystem, seed: int) -> np.ndarray:
    """Positions of the watched plays among all plays of a system."""
    watched, _ = divide(honest, seed)
    return np.flatnonzero(np.isin([one.question for one in plays], watched))


add_work(SUSPECT, run_suspect_plays)
