"""Label: a supervisor's beliefs about every item of a task."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from truing.methods import METHODS, Training, train
from truing.registry import check_unchanged
from truing.studies._step import Job, Step, Truth
from truing.studies._store import Store
from truing.studies.work._code import code_version, digest
from truing.studies.work._finetune import finetune_step
from truing.supervisors import SUPERVISORS, Labeller, Supervisor, check_labels
from truing.tasks import Source


def label_step(source: Source, supervisor: Supervisor, seed: int, features: Step | None) -> Step:
    """Plan the labels of a supervisor: a weak model's training, or a labeller's work.

    Args:
        features: where the supervisor is a head, the extraction of what it sees.
    """
    student = supervisor.student
    if student is not None and student.transformer is not None:
        naive = METHODS.build("naive")
        return finetune_step(source, student, naive, seed, None, None, "supervisor")
    if student is not None:
        return _trained(source, supervisor, seed, features)
    return _labelled(source, supervisor, seed)


def _labelled(source: Source, supervisor: Supervisor, seed: int) -> Step:
    task, labeller = source.task, supervisor.labeller
    items, truth = _truth_for(labeller.value, source, seed)
    config = {
        "task": task.fingerprint,
        "supervisor": labeller.identity,
        "seed": seed,
        "items": digest(items),
        "truth": source.vault.digest(items) if truth else None,
        "code": code_version(_labelled, run_label),
    }
    payload = {
        "task": task,
        "supervisor": labeller.label,
        "identity": labeller.identity,
        "seen": items,
        # The same for all labellers: what they share (a judge) does not tell them apart.
        "draw": [int(task.fingerprint[:32], 16), seed],
        "heavy": labeller.value.heavy,
    }
    own = f" {labeller.label} {seed}" if labeller.value.heavy else ""
    return Step("label", config, payload=payload, truth=truth, group=task.fingerprint + own)


def _truth_for(labeller: Labeller, source: Source, seed: int) -> tuple[np.ndarray, Truth | None]:
    """Items whose truth a labeller sees, and the wish to see it."""
    if labeller.sees == "nothing":
        return np.arange(0), None
    if labeller.sees == "supervise":
        items = source.task.splits(seed).supervise
        return items, Truth(source.vault, items, "supervise")
    items = np.arange(len(source.task))
    return items, Truth(source.vault, items, "plant")


def _trained(source: Source, supervisor: Supervisor, seed: int, features: Step) -> Step:
    task, student = source.task, supervisor.student
    items = source.task.splits(seed).supervise
    config = {
        "task": task.fingerprint,
        "penalty": student.penalty,
        "method": METHODS.build("naive").identity,
        "seed": seed,
        "items": digest(items),
        "truth": source.vault.digest(items),
        "code": code_version(_trained, run_train_supervisor),
    }
    payload = {
        "items": items,
        "clusters": task.clusters[items],
        "classes": len(task.choices),
        "penalty": student.penalty,
    }
    truth = Truth(source.vault, items, "supervise")
    return Step("train supervisor", config, {"features": (features,)}, payload, truth, features.key)


def run_label(jobs: Sequence[Job], store: Store) -> None:
    """Write `beliefs` (N, k) of supervisors that need no training."""
    for job in jobs:
        name, task = job.payload["supervisor"], job.payload["task"]
        built = SUPERVISORS.build(name)
        rng = np.random.default_rng(job.payload["draw"])
        labels = built.value.label(task, _spread(job, len(task)), rng)
        check_unchanged(built, job.payload["identity"])
        store.write(job.key, {"beliefs": check_labels(labels, task, name)})


def _spread(job: Job, count: int) -> np.ndarray | None:
    """(N,) truth of the items that a labeller may see, -1 for the others."""
    if job.truth is None:
        return None
    truth = np.full(count, -1)
    truth[job.payload["seen"]] = job.truth
    return truth


def run_train_supervisor(jobs: Sequence[Job], store: Store) -> None:
    """Write `beliefs` (N, k) of weak models trained on the supervise split's truth."""
    naive = METHODS.build("naive").value
    features = store.read(jobs[0].parents["features"][0])["features"]
    trainings = [
        Training(
            method=naive,
            name="naive",
            learn=job.payload["items"],
            labels=np.eye(job.payload["classes"])[job.truth],
            clusters=job.payload["clusters"],
            penalty=job.payload["penalty"],
            chance=job.key,  # of which naive training makes no use
        )
        for job in jobs
    ]
    for job, beliefs in zip(jobs, train(features, trainings), strict=True):
        store.write(job.key, {"beliefs": beliefs})
