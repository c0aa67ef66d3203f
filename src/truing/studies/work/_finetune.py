"""Fine-tune: a transformer learns from weak labels, or from the truth: supervisor or ceiling."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from truing.errors import UserError
from truing.methods import METHODS, Method, Training, member_masses, prepared
from truing.registry import Built, check_unchanged
from truing.students import TransformerStudent
from truing.students.transformer import FineTuning, Tuned, parse_transformer
from truing.studies._step import Job, Payload, Resources, Step
from truing.studies._store import Store
from truing.studies.work._code import TRAIN_LIBRARIES, chance, code_version, digest
from truing.studies.work._given import Given, Role
from truing.studies.work._under_way import FinetuneNotes, UnderWay
from truing.tasks import Source, Splits, Task


@dataclass(frozen=True)
class FinetunePayload(Payload):
    """A transformer to fine-tune.

    Attributes:
        role: supervisor, student or ceiling.
        student: specification.
        checkpoint: digest of its checkpoint.
        items: (n,) indices of the items to learn from.
        asked: (m,) indices of the items whose beliefs are wanted.
        clusters: (n,) groups of the items to learn from.
        classes: number of choices.
        method: specification.
        identity: of the method, see `Built.identity`.
        seed: of the study.
        chance: seed of all randomness of the training.
    """

    task: Task
    role: Role
    student: str
    checkpoint: str
    items: np.ndarray
    asked: np.ndarray
    clusters: np.ndarray
    classes: int
    method: str
    identity: Mapping[str, Any]
    seed: int
    chance: str

    @property
    def heavy(self) -> bool:
        """A fine-tuning takes seconds at least."""
        return True

    @property
    def specifications(self) -> tuple[str, ...]:
        """The student and the method."""
        return (self.student, self.method)


def finetune_step(
    source: Source,
    student: TransformerStudent,
    method: Built[Method],
    seed: int,
    features: tuple[Step, ...],
    given: Given,
    sealed: bool = False,
) -> Step:
    """Plan one fine-tuning.

    Args:
        features: the extraction of the checkpoint's activations, for a method that prepares.
        given: the labels, which decide the items too.
        sealed: beliefs about the sealed split are wanted too, as a referee needs them.
    """
    task, splits = source.task, source.task.splits(seed)
    items = given.items(splits)
    truth = given.truth(source.vault, items)
    asked = _asked(splits, given.role, method, sealed)
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
    payload = FinetunePayload(
        task=task,
        role=given.role,
        student=student.label,
        checkpoint=transformer.checkpoint.digest,
        items=items,
        asked=asked,
        clusters=task.clusters[items],
        classes=len(task.choices),
        method=method.label,
        identity=method.identity,
        seed=seed,
        chance=chance(task, items, seed),
    )
    parents = {"features": features, "labels": given.parents}
    resources = Resources(gpus=transformer.gpus)
    step = Step(f"finetune {given.role}", config, parents, payload, truth, resources=resources)
    return replace(step, group=step.key)  # a batch of its own


def _asked(splits: Splits, role: Role, method: Built[Method], sealed: bool) -> np.ndarray:
    """(m,) items whose beliefs are wanted.

    Whoever may label for another is asked about the learn split too: supervisors, and naive
    students, which are the rungs of a chain as well as students of the grid.
    """
    labels = role == "supervisor" or (role == "student" and method.label == "naive")
    more = [splits.learn] * labels + [splits.sealed] * sealed
    return np.concatenate([*more, splits.test])


def run_finetune(jobs: Sequence[Job[FinetunePayload]], store: Store) -> None:
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
        follow = UnderWay(store, job.key, len(runs))
        try:
            found = [follow.run(_fine_tuning(job, training, labels, one)) for one in runs]
        except UserError:
            follow.forget()  # run again, it would fail in the same place
            raise
        beliefs = np.full((len(job.payload.task), job.payload.classes), np.nan, np.float32)
        each = np.concatenate([one.beliefs for one in found])
        beliefs[job.payload.asked] = each.mean(axis=0, dtype=np.float64)
        notes = follow.notes(found, time.monotonic() - began)
        held = np.frombuffer(json.dumps(notes.to_json()).encode(), np.uint8)
        store.write(job.key, {"beliefs": beliefs, "losses": _curves(found), "notes": held})
        follow.forget()


def read_notes(store: Store, key: str) -> FinetuneNotes:
    """What must be known of a fine-tuning."""
    return FinetuneNotes.from_json(json.loads(store.read(key)["notes"].tobytes()))


def _training(job: Job[FinetunePayload], store: Store) -> Training:
    built = METHODS.build(job.payload.method)
    check_unchanged(built, job.payload.identity)
    items = job.payload.items
    if job.truth is not None:
        labels = np.eye(job.payload.classes)[job.truth]
    else:
        labels = store.read(job.parents["labels"][0])["beliefs"][items]
    clusters = job.payload.clusters
    return Training(built.value, built.label, items, labels, clusters, 1.0, job.payload.chance)


def _fine_tuning(
    job: Job[FinetunePayload], training: Training, labels: np.ndarray, masses: np.ndarray
) -> FineTuning:
    transformer = parse_transformer(job.payload.student)
    if transformer.checkpoint.digest != job.payload.checkpoint:
        raise UserError(f"{transformer.label} changed while the study ran; run it again")
    return FineTuning(
        transformer.checkpoint,
        transformer.settings,
        job.payload.task,
        training.learn,
        labels,
        masses,
        training.method.targets,
        training.method.static,
        job.payload.asked,
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
