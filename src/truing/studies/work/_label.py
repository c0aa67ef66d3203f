"""Label: a supervisor's beliefs about every item of a task."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import numpy as np

from truing.methods import METHODS, Training, train
from truing.registry import check_unchanged
from truing.studies._step import Job, Step, Truth
from truing.studies._store import Store
from truing.studies.work._code import code_version, digest
from truing.studies.work._train import TRAINING_CODE
from truing.supervisors import SUPERVISORS, Supervisor, check_labels
from truing.supervisors import _supervisor as supervisor_module
from truing.tasks import Source


def label_step(source: Source, supervisor: Supervisor, seed: int, features: Step | None) -> Step:
    """Plan the labels of a supervisor: a weak model's training, or a labeller's work.

    Args:
        features: where the supervisor is a weak model, the extraction of what it sees.
    """
    if features is not None:
        return _trained(source, supervisor, seed, features)
    task, labeller = source.task, supervisor.labeller
    everything = np.arange(len(task))
    truth = Truth(source.vault, everything, "plant") if labeller.value.simulated else None
    config = {
        "task": task.fingerprint,
        "supervisor": labeller.identity,
        "seed": seed,
        "truth": source.vault.digest(everything) if truth else None,
        "code": code_version(sys.modules[__name__], supervisor_module),
    }
    payload = {"task": task, "supervisor": labeller.label, "identity": labeller.identity}
    return Step("label", config, payload=payload, truth=truth, group=task.fingerprint)


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
        "code": code_version(sys.modules[__name__], *TRAINING_CODE),
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
        labels = built.value.label(task, job.truth, job.rng)
        check_unchanged(built, job.payload["identity"])
        store.write(job.key, {"beliefs": check_labels(labels, task, name)})


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
            key=job.key,
        )
        for job in jobs
    ]
    for job, beliefs in zip(jobs, train(features, trainings), strict=True):
        store.write(job.key, {"beliefs": beliefs})
