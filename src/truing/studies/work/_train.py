"""Train: a student learns from weak labels, or a ceiling from the truth, on the learn split."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from truing.methods import METHODS, Method, Training, train
from truing.registry import Built, check_unchanged
from truing.students import Student
from truing.studies._step import Job, Step, Truth
from truing.studies._store import Store
from truing.studies.work._code import chance, code_version, digest
from truing.studies.work._extract import extract_step
from truing.studies.work._finetune import finetune_step
from truing.tasks import Source, Task


def train_step(
    source: Source,
    student: Student,
    method: Built[Method],
    seed: int,
    features: Step | None,
    labels: Step | None,
    sealed: bool = False,
) -> Step:
    """Plan one training on the learn split.

    Args:
        features: the extraction of what the student or its method sees; see `seen_step`.
        labels: who labels the items: a supervisor, or the student below in a chain. None trains on
            the truth, which makes a ceiling.
        sealed: beliefs about the sealed split are wanted too; heads are asked about all items.
    """
    if student.transformer is not None:
        role = "student" if labels else "ceiling"
        return finetune_step(source, student, method, seed, features, labels, role, sealed)
    return _head_step(source, student, method, seed, features, labels)


def _head_step(
    source: Source,
    student: Student,
    method: Built[Method],
    seed: int,
    features: Step,
    labels: Step | None,
) -> Step:
    items = source.task.splits(seed).learn
    truth = None if labels else Truth(source.vault, items, "ceiling")
    config = {
        "task": source.task.fingerprint,
        "penalty": student.penalty,
        "method": method.identity,
        "seed": seed,
        "items": digest(items),
        "truth": source.vault.digest(items) if truth else None,
        "code": code_version(_head_step, run_train),
    }
    payload = {
        "items": items,
        "clusters": source.task.clusters[items],
        "classes": len(source.task.choices),
        "penalty": student.penalty,
        "method": method.label,
        "identity": method.identity,
        "chance": chance(source.task, items, seed),
    }
    parents = {"features": (features,), "labels": (labels,) if labels else ()}
    # Ceilings never share a batch with students: no method's code runs beside the truth.
    group = f"{'student' if labels else 'ceiling'} {features.key}"
    return Step(
        "train student" if labels else "train ceiling", config, parents, payload, truth, group
    )


def seen_step(task: Task, student: Student, method: Built[Method] | None = None) -> Step | None:
    """Plan the extraction of what a head stands on.

    A transformer reads the texts themselves. What a method sees of the items when it prepares are
    its checkpoint's own activations, the mean over the last layer.

    Args:
        method: by which the student is trained; None for a supervisor.
    """
    if student.transformer is None:
        return extract_step(task, student.features)
    if method is None or method.value.prepare is None:
        return None
    return extract_step(task, student.transformer.activations)


def run_train(jobs: Sequence[Job], store: Store) -> None:
    """Write `beliefs` (N, k) of every student about all items."""
    features = store.read(jobs[0].parents["features"][0])["features"]
    built: dict[str, Built[Method]] = {}
    labels: dict[str, np.ndarray] = {}
    trainings = []
    for job in jobs:
        name = job.payload["method"]
        if name not in built:
            built[name] = METHODS.build(name)
            check_unchanged(built[name], job.payload["identity"])
        trainings.append(
            Training(
                method=built[name].value,
                name=name,
                learn=job.payload["items"],
                labels=_labels(job, store, labels),
                clusters=job.payload["clusters"],
                penalty=job.payload["penalty"],
                chance=job.payload["chance"],
            )
        )
    for job, beliefs in zip(jobs, train(features, trainings), strict=True):
        store.write(job.key, {"beliefs": beliefs})


def _labels(job: Job, store: Store, known: dict[str, np.ndarray]) -> np.ndarray:
    """(n, k) labels of the items that a job learns from."""
    if job.truth is not None:
        return np.eye(job.payload["classes"])[job.truth]
    (key,) = job.parents["labels"]
    if key not in known:
        known[key] = store.read(key)["beliefs"]
    return known[key][job.payload["items"]]
