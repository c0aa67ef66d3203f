"""Suspect: a monitor sees each of some systems, and says how suspicious it is."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from truing.errors import TruingError, UserError
from truing.failure import failure_line
from truing.given import shown
from truing.registry import Built, Identity, check_unchanged
from truing.stress._monitor import MONITORS, Head, Seen, StudyMonitor, Suspicion, View
from truing.stress.work._seat import Seat, StudySystem
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
    changed: dict[str, int]
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
        built = MONITORS.build(job.payload.monitor)
        check_unchanged(built, job.payload.identity)
        monitor, name = built.value, shown(job.payload.monitor)
        found, orders = [], []
        for at, (view, order) in enumerate(Viewer(job, store)):
            rng = _seeded(job.payload.monitor, job.payload.seats[at].seed)
            said = call_monitor(name, monitor, view, rng)
            found.append(check_suspicion(name, said, len(order), len(view.audited)))
            orders.append(order)
        store.write(job.key, suspicion_arrays(name, found, orders))


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


class Viewer:
    """What a monitor sees of each system, in random order of the items.

    An iterator of the view of each system, and the order (n,) of its watched items.
    """

    def __init__(self, job: Job[SuspectPayload], store: Store):
        self.job, self.store, self.asked = job, store, job.payload
        self.features = read_features(store, job.parents["features"][0])
        ends = np.cumsum([len(seat.known) for seat in self.asked.seats])
        truth = np.arange(0) if job.truth is None else job.truth
        self.truths = np.split(truth, ends[:-1])

    def __iter__(self) -> Iterator[tuple[View, np.ndarray]]:
        for at, seat in enumerate(self.asked.seats):
            yield self._view(at, seat)

    def _view(self, at: int, seat: Seat) -> tuple[View, np.ndarray]:
        answers = self.store.read(self.job.parents["answers"][at])
        labels = self.store.read(self.job.parents["labels"][at])["beliefs"]
        rng = _seeded(self.asked.task.fingerprint, seat.seed)
        order, learned, trusted = (
            rng.permutation(len(one)) for one in (seat.watched, seat.learned, seat.trusted)
        )
        place = np.empty(len(order), np.int64)
        place[order] = np.arange(len(order))
        count = len(seat.trusted)
        truth, audits = self.truths[at][:count], self.truths[at][count:]
        seen = partial(self._seen, at, answers["beliefs"])
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

    def _seen(self, at: int, beliefs: np.ndarray, items: np.ndarray) -> Seen:
        return Seen(
            inputs=self.asked.task.inputs[items],
            features=self.features[items],
            beliefs=beliefs[items].astype(float),
            models={name: self._beliefs(f"model {name}", at)[items] for name in self.asked.models},
            changed={
                name: np.stack(
                    [self._beliefs(f"changed {name}", at * count + n)[items] for n in range(count)]
                )
                for name, count in self.asked.changed.items()
            },
        )

    def _beliefs(self, role: str, at: int) -> np.ndarray:
        found: np.ndarray = self.store.read(self.job.parents[role][at])["beliefs"]
        return found.astype(float)


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
        return monitor.suspect(view, rng)
    except TruingError:
        raise
    except Exception as error:  # a plugin may raise anything; the message names the plugin
        raise UserError(f"monitor {name!r} failed: {failure_line(error)}") from error


def _seeded(name: str, seed: int) -> np.random.Generator:
    """Random generator that a planted system shares with its honest twin."""
    drawn = hashlib.sha256(f"{name} {seed}".encode()).hexdigest()
    return np.random.default_rng(int(drawn[:32], 16))


add_work(KIND, run_suspect)
