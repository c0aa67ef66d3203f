"""Train: train heads on weak labels (students), or on the ground truth (supervisors, ceilings)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from truing.given import shown
from truing.methods import METHODS, Method, Trained, Training, train_heads
from truing.registry import Built, check_unchanged
from truing.students import L2, HeadStudent, check_clusters
from truing.studies._step import Job, Step
from truing.studies._store import Store
from truing.studies.work._code import chance, code_version, digest
from truing.studies.work._extract import read_features
from truing.studies.work._given import Given, LearnPayload, truth_labels
from truing.tasks import Source


@dataclass(frozen=True, kw_only=True)
class TrainPayload(LearnPayload):
    """A head to train.

    Attributes:
        l2: strength of the student's L2 penalty, 1 / C, or `auto`.
    """

    l2: L2

    @property
    def entries(self) -> int:
        """Number of label entries to learn from."""
        return len(self.items) * self.classes


def train_step(
    source: Source,
    student: HeadStudent,
    method: Built[Method],
    seed: int,
    features: Step,
    given: Given,
) -> Step:
    """Plan the training of a head.

    Args:
        source: the task and its vault.
        student: the head.
        method: the method.
        seed: seed of the splits.
        features: the extraction of the head's input.
        given: the labels, which also determine the learning items.

    Raises:
        DataError: `l2=auto` with fewer clusters than folds.
    """
    items = given.items(source.splits(seed))
    if student.l2 == "auto":
        split = "supervise" if given.role == "supervisor" else "learn"
        check_clusters(source.task.clusters[items], f"the {split} split of {source.task.name}")
    truth = given.truth(source.vault, items)
    config = {
        "task": source.task.fingerprint,
        "l2": student.l2,
        "method": method.identity,
        "seed": seed,
        "items": digest(items),
        "truth": source.vault.digest(items) if truth else None,
        "code": code_version(train_step, run_train),
    }
    payload = TrainPayload(
        items=items,
        clusters=source.task.clusters[items],
        classes=len(source.task.choices),
        l2=student.l2,
        method=method.label,
        identity=method.identity,
        chance=chance(source, items, seed),
    )
    parents = {"features": (features,), "labels": given.parents}
    # Ceilings and students are in separate batches, so that no method's code can read ground truth.
    group = f"{given.role} {features.key}"
    return Step(f"train {given.role}", config, parents, payload, truth, group)


def run_train(jobs: Sequence[Job[TrainPayload]], store: Store) -> None:
    """Write `beliefs` (N, k) of every head about all items, its `l2` (1,), `weight` and `bias`."""
    features = read_features(store, jobs[0].parents["features"][0])
    built: dict[str, Built[Method]] = {}
    labels: dict[str, np.ndarray] = {}
    trainings = []
    for job in jobs:
        name = job.payload.method
        if name not in built:
            built[name] = METHODS.build(name)
            check_unchanged(built[name], job.payload.identity)
        trainings.append(_training(job, built[name], _labels(job, store, labels)))
    for job, trained in zip(jobs, train_heads(features, trainings), strict=True):
        head = {"weight": trained.weight, "bias": trained.bias}
        store.write(job.key, {"beliefs": trained.beliefs, "l2": np.array([trained.l2]), **head})


def train_head_again(job: Job[TrainPayload], store: Store) -> Trained:
    """The head of a job, trained again from the stored features and labels; writes nothing."""
    features = read_features(store, job.parents["features"][0])
    built = METHODS.build(job.payload.method)
    check_unchanged(built, job.payload.identity)
    return train_heads(features, [_training(job, built, _labels(job, store, {}))])[0]


def _training(job: Job[TrainPayload], built: Built[Method], labels: np.ndarray) -> Training:
    return Training(
        method=built.value,
        name=shown(job.payload.method),
        learn=job.payload.items,
        labels=labels,
        clusters=job.payload.clusters,
        l2=job.payload.l2,
        chance=job.payload.chance,
    )


def _labels(job: Job[TrainPayload], store: Store, known: dict[str, np.ndarray]) -> np.ndarray:
    """(n, k) labels of a job's learning items."""
    if job.truth is not None:
        return truth_labels(job.truth, job.payload.classes)
    (key,) = job.parents["labels"]
    if key not in known:
        known[key] = store.read(key)["beliefs"]
    return known[key][job.payload.items]
