"""Fine-tune: a transformer learns from weak labels, or from the truth: supervisor or ceiling.

What is under way lies in the store beside the results, under keys of its own: the state of the
training, members of an ensemble that are done, and how far it is. It is removed at the end.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

import numpy as np

from truing.errors import UserError
from truing.methods import METHODS, Method, Training, member_masses, prepared
from truing.registry import Built, check_unchanged
from truing.students import Student, parse_student
from truing.students.transformer import FineTuning, Tuned, finetune
from truing.studies._step import Job, Resources, Step, Truth
from truing.studies._store import Store
from truing.studies.work._code import TRAIN_LIBRARIES, chance, code_version, digest
from truing.tasks import Source, Splits

Role = Literal["supervisor", "student", "ceiling"]

SAVE_SECONDS = 60.0  # between saved states of a training, at least
SAVE_SHARE = 0.05  # of the time, at most, that saving takes
TELL_SECONDS = 1.0  # between notes of how far it is


def finetune_step(
    source: Source,
    student: Student,
    method: Built[Method],
    seed: int,
    features: Step | None,
    labels: Step | None,
    role: Role,
    sealed: bool = False,
) -> Step:
    """Plan one fine-tuning.

    Args:
        features: the extraction of its checkpoint's activations, for a method that prepares.
        labels: who labels the learn split; None trains on the truth.
        role: a supervisor learns the truth of the supervise split, a ceiling that of the learn one.
        sealed: it is asked about the sealed split too, as a referee needs it.
    """
    task, splits = source.task, source.task.splits(seed)
    items = splits.supervise if role == "supervisor" else splits.learn
    truth = None
    if labels is None:
        truth = Truth(source.vault, items, "supervise" if role == "supervisor" else "ceiling")
    asked = _asked(splits, role, method, sealed)
    transformer = student.transformer
    config = {
        "task": task.fingerprint,
        "checkpoint": transformer.checkpoint.digest,
        "settings": transformer.settings.identity,
        "method": method.identity,
        "seed": seed,
        "items": digest(items),
        "asked": digest(asked),
        "truth": source.vault.digest(items) if truth else None,
        "code": code_version(finetune_step, run_finetune, libraries=TRAIN_LIBRARIES),
    }
    payload = {
        "task": task,
        "student": student.label,
        "checkpoint": transformer.checkpoint.digest,
        "items": items,
        "asked": asked,
        "clusters": task.clusters[items],
        "classes": len(task.choices),
        "method": method.label,
        "identity": method.identity,
        "chance": chance(task, items, seed),
        "heavy": True,
    }
    parents = {"features": (features,) if features else (), "labels": (labels,) if labels else ()}
    resources = Resources(gpus=transformer.gpus)
    step = Step(f"finetune {role}", config, parents, payload, truth, resources=resources)
    return replace(step, group=step.key)  # a batch of its own


def _asked(splits: Splits, role: Role, method: Built[Method], sealed: bool) -> np.ndarray:
    """(m,) items whose beliefs are wanted.

    Whoever may label for another is asked about the learn split too: supervisors, and naive
    students, which are the rungs of a chain as well as students of the grid.
    """
    labels = role == "supervisor" or (role == "student" and method.label == "naive")
    more = [splits.learn] * labels + [splits.sealed] * sealed
    return np.concatenate([*more, splits.test])


def run_finetune(jobs: Sequence[Job], store: Store) -> None:
    """Write what a student believes of the items asked, and how it was trained.

    `beliefs` (N, k) float32, nan for other items; `losses` (rows, 4): member, step, loss and
    learning rate; `notes`, JSON.
    """
    for job in jobs:
        began = time.monotonic()
        training = _training(job, store)
        features = None
        if job.parents["features"]:
            features = store.read(job.parents["features"][0])["features"]
        labels, mass = prepared(training, features)
        masses = member_masses(training, mass)
        together = 2 if training.method.peers else 1
        runs = [masses[at : at + together] for at in range(0, len(masses), together)]
        follow = _UnderWay(store, job, len(runs))
        try:
            found = [follow.run(_fine_tuning(job, training, labels, one)) for one in runs]
        except UserError:
            follow.forget()  # run again, it would fail in the same place
            raise
        beliefs = np.full((len(job.payload["task"]), job.payload["classes"]), np.nan, np.float32)
        each = np.concatenate([one.beliefs for one in found])
        beliefs[job.payload["asked"]] = each.mean(axis=0, dtype=np.float64)
        notes = follow.notes(found, time.monotonic() - began)
        held = np.frombuffer(json.dumps(notes).encode(), np.uint8)
        store.write(job.key, {"beliefs": beliefs, "losses": _curves(found), "notes": held})
        follow.forget()


def read_notes(store: Store, key: str) -> dict[str, Any]:
    """What a fine-tuning noted: texts cut, batches halved, examples a second."""
    return json.loads(store.read(key)["notes"].tobytes())


def progress_key(key: str) -> str:
    """Where a fine-tuning that is under way notes how far it is."""
    return _derived(key, "progress")


def _training(job: Job, store: Store) -> Training:
    built = METHODS.build(job.payload["method"])
    check_unchanged(built, job.payload["identity"])
    items = job.payload["items"]
    if job.truth is not None:
        labels = np.eye(job.payload["classes"])[job.truth]
    else:
        labels = store.read(job.parents["labels"][0])["beliefs"][items]
    clusters = job.payload["clusters"]
    return Training(built.value, built.label, items, labels, clusters, 1.0, job.payload["chance"])


def _fine_tuning(
    job: Job, training: Training, labels: np.ndarray, masses: np.ndarray
) -> FineTuning:
    student = parse_student(job.payload["student"])
    transformer = student.transformer
    if transformer.checkpoint.digest != job.payload["checkpoint"]:
        raise UserError(f"{student.label} changed while the study ran; run it again")
    return FineTuning(
        transformer.checkpoint,
        transformer.settings,
        job.payload["task"],
        training.learn,
        labels,
        masses,
        training.method.targets,
        training.method.static,
        job.payload["asked"],
        training.chance,
        training.name,
    )


def _curves(found: Sequence[Tuned]) -> np.ndarray:
    """(rows, 4): member, step from 1, loss, learning rate."""
    rows = []
    member = 0
    for one in found:
        for losses in one.losses.T:
            steps = np.arange(1, len(losses) + 1)
            rows.append(np.stack([np.full(len(losses), member), steps, losses, one.rates], axis=1))
            member += 1
    return np.concatenate(rows)


class _UnderWay:
    """One job's runs in turn, each of which goes on where it was interrupted."""

    def __init__(self, store: Store, job: Job, runs: int):
        self.store, self.key, self.runs = store, job.key, runs
        self.number = -1
        self.told = time.monotonic()
        self.learned, self.seconds = 0, 0.0  # items and time of steps taken now, but the first
        self.last: float | None = None

    def run(self, work: FineTuning) -> Tuned:
        """Train one member, or two peers, or read what came of it before an interruption."""
        self.number += 1
        done = _derived(self.key, f"done {self.number}")
        if done in self.store:
            return Tuned(**{name: one[()] for name, one in self.store.read(done).items()})
        keep = _Keep(self.store, _derived(self.key, f"state {self.number}"))
        work = replace(work, chance=f"{work.chance} run {self.number}")
        self.last = None
        found = finetune(work, keep, self.tell)
        if self.runs > 1:
            self.store.write(done, {name: np.asarray(one) for name, one in vars(found).items()})
        return found

    def tell(self, step: int, steps: int, items: int) -> None:
        """Note how far it is, at most once a second."""
        now = time.monotonic()
        if self.last is not None:  # loading, and what the first step warms up, count for nothing
            self.learned, self.seconds = self.learned + items, self.seconds + now - self.last
        self.last = now
        if now - self.told < TELL_SECONDS or not self.learned:
            return
        self.told = now
        left = steps * (self.runs - self.number) - step
        speed = self.learned / self.seconds
        note = {
            "step": self.number * steps + step,
            "steps": self.runs * steps,
            "examples a second": round(speed, 1),
            "seconds left": round(left * items / speed),
        }
        self.store.write_json(progress_key(self.key), note)

    def notes(self, found: Sequence[Tuned], seconds: float) -> dict[str, Any]:
        """What must be known of the training."""
        return {
            "cut": int(found[0].cut),
            "halved": sum(int(one.halved) for one in found),
            "steps": sum(len(one.losses) for one in found),
            "examples a second": round(self.learned / self.seconds, 1) if self.learned else None,
            "seconds": round(seconds, 1),
        }

    def forget(self) -> None:
        """Remove what is needed while it is under way only."""
        for number in range(self.runs):
            self.store.remove(_derived(self.key, f"state {number}"))
            self.store.remove(_derived(self.key, f"done {number}"))
        self.store.remove(progress_key(self.key))


class _Keep:
    """The state of one run, in the store."""

    def __init__(self, store: Store, key: str):
        self.store, self.key = store, key
        self.saved, self.cost = time.monotonic(), 0.0

    def load(self) -> dict[str, np.ndarray] | None:
        """What was saved last; a damaged state counts as none."""
        return self.store.read(self.key) if self.store.intact(self.key) else None

    def due(self) -> bool:
        """Whether enough time has passed to save again."""
        return time.monotonic() - self.saved >= max(SAVE_SECONDS, self.cost / SAVE_SHARE)

    def save(self, arrays: dict[str, np.ndarray]) -> None:
        """Replace what was saved."""
        began = time.monotonic()
        self.store.write(self.key, arrays)
        self.saved = time.monotonic()
        self.cost = self.saved - began


def _derived(key: str, use: str) -> str:
    return hashlib.sha256(f"{key} {use}".encode()).hexdigest()
