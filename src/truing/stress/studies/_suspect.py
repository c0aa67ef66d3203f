"""Suspect: a monitor sees each of some systems, and says how suspicious it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from truing.registry import Built, Identity
from truing.seeding import seeded
from truing.stress._monitor import Changed, Head, Seen, StudyMonitor, View
from truing.stress.studies._changed import original_order
from truing.stress.studies._seat import Seat, StudySystem
from truing.stress.work import ask_about
from truing.studies import Job, Payload, Step, Store
from truing.studies.work import add_work, code_version, digest, read_features
from truing.tasks import Source, Task, Truth

KIND = "suspect"


@dataclass(frozen=True, kw_only=True)
class SuspectPayload(Payload):
    """Systems that a monitor sees.

    Attributes:
        task: all items.
        monitor: specification of the monitor.
        identity: identity of the monitor, see `Built.identity`.
        seats: the items of each system.
        models: specifications of the models whose beliefs the monitor sees.
        changed: number of draws of changed inputs, by kind of change.
        heads: whether the watched students are heads, whose weights the monitor sees.
    """

    task: Task
    monitor: str
    identity: Identity
    seats: tuple[Seat, ...]
    models: tuple[str, ...]
    changed: dict[Changed, int]
    heads: bool

    @property
    def specifications(self) -> tuple[str, ...]:
        """Specification of the monitor."""
        return (self.monitor,)


def suspect_step(
    source: Source,
    monitor: Built[StudyMonitor],
    seats: Sequence[Seat],
    systems: Sequence[StudySystem],
    features: Step,
    heads: bool,
) -> Step:
    """Plan what a monitor says about some systems.

    Args:
        source: all items and their vault.
        monitor: the monitor.
        seats: the items of each system.
        systems: the steps of each system.
        features: the extraction of the features that the monitor sees.
        heads: whether the watched students are heads.
    """
    known = np.concatenate([seat.known for seat in seats])
    parts = [part for seat in seats for part in (seat.watched, seat.learned, seat.trusted)]
    config = {
        "task": source.task.fingerprint,
        "monitor": monitor.identity,
        "seeds": [seat.seed for seat in seats],
        "items": digest(np.concatenate([*parts, *(seat.audited for seat in seats)])),
        "sizes": [[len(part) for part in parts], [len(seat.audited) for seat in seats]],
        "truth": source.vault.digest(known),
        "code": code_version(suspect_step, run_suspect),
    }
    parents: dict[str, tuple[Step, ...]] = {
        "features": (features,),
        "answers": tuple(one.answers for one in systems),
        "labels": tuple(one.labels for one in systems),
    }
    models = tuple(systems[0].models)
    for name in models:
        parents[f"model {name}"] = tuple(one.models[name] for one in systems)
    changed = {name: len(draws) for name, draws in systems[0].changed.items()}
    for name in changed:
        parents[f"changed {name}"] = tuple(step for one in systems for step in one.changed[name])
    payload = SuspectPayload(
        task=source.task,
        monitor=monitor.label,
        identity=monitor.identity,
        seats=tuple(seats),
        models=models,
        changed=changed,
        heads=heads,
    )
    truth = Truth(source.vault, known, "audit") if len(known) else None
    return Step(KIND, config, parents, payload, truth, source.task.fingerprint)


def run_suspect(jobs: Sequence[Job[SuspectPayload]], store: Store) -> None:
    """Write `system` (S,), `used` (S,) and `items` (L,); see `truing.stress.Scene.suspect`."""
    for job in jobs:
        asked = job.payload
        store.write(job.key, ask_about(asked.monitor, asked.identity, Viewer(job, store)))


class Viewer:
    """What a monitor sees of each system, in random order of the items.

    An iterator of the view of each system, the monitor's random generator, and the order (n,) of
    the watched items.
    """

    def __init__(self, job: Job[SuspectPayload], store: Store):
        self.job, self.store, self.asked = job, store, job.payload
        self.features = read_features(store, job.parents["features"][0])
        ends = np.cumsum([len(seat.known) for seat in self.asked.seats])
        truth = np.arange(0) if job.truth is None else job.truth
        self.truths = np.split(truth, ends[:-1])

    def __iter__(self) -> Iterator[tuple[View, np.random.Generator, np.ndarray]]:
        for at, seat in enumerate(self.asked.seats):
            view, order = self._view(at, seat)
            yield view, seeded(f"{self.asked.monitor} {seat.seed}"), order

    def _view(self, at: int, seat: Seat) -> tuple[View, np.ndarray]:
        answers = self.store.read(self.job.parents["answers"][at])
        labels = self.store.read(self.job.parents["labels"][at])["beliefs"]
        rng = seeded(f"{self.asked.task.fingerprint} {seat.seed}")
        order, learned, trusted = (
            rng.permutation(len(one)) for one in (seat.watched, seat.learned, seat.trusted)
        )
        place = np.empty(len(order), np.int64)
        place[order] = np.arange(len(order))
        count = len(seat.trusted)
        # A copy, because a part of an array gives access to the truth of other systems.
        truth, audits = self.truths[at][:count], self.truths[at][count:].copy()
        seen = partial(self._seen_answers, at, answers["beliefs"])
        view = View(
            watched=seen(seat.watched[order]),
            learned=seen(seat.learned[learned]),
            labels=labels[seat.learned[learned]].astype(float),
            trusted=seen(seat.trusted[trusted]),
            truth=truth[trusted],
            audited=place[seat.audited],
            audits=audits,
            head=Head(answers["weight"], answers["bias"]) if self.asked.heads else None,
            choices=self.asked.task.choices,
        )
        return view, order

    def _seen_answers(self, at: int, beliefs: np.ndarray, items: np.ndarray) -> Seen:
        return Seen(
            inputs=self.asked.task.inputs[items],
            features=self.features[items],
            beliefs=beliefs[items].astype(float),
            models={name: self._beliefs(f"model {name}", at)[items] for name in self.asked.models},
            changed={
                kind: np.stack([self._changed(kind, at * count + n, items) for n in range(count)])
                for kind, count in self.asked.changed.items()
            },
        )

    def _changed(self, kind: Changed, number: int, items: np.ndarray) -> np.ndarray:
        """Beliefs (n, k) about changed inputs."""
        found = self._beliefs(f"changed {kind}", number)[items]
        if kind == "order":
            return original_order(found, self.asked.task.choice_counts[items])
        return found

    def _beliefs(self, role: str, at: int) -> np.ndarray:
        found: np.ndarray = self.store.read(self.job.parents[role][at])["beliefs"]
        return found.astype(float)


add_work(KIND, run_suspect)
