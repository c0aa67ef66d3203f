"""Uncertainty: how sure supervisor, student and ceiling are of unanswerable items."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

from truing.measures import mean_highest_belief
from truing.studies._class_balance import ROLES
from truing.studies._step import Job, Payload, Step
from truing.studies._store import Store
from truing.studies._unanswerable import Unanswerable
from truing.studies.work._code import code_version, digest
from truing.studies.work._on_test import LEVEL, REPLICATES, Reader, Steps, resampling
from truing.tasks import Source


@dataclass(frozen=True)
class UncertaintyPayload(Payload):
    """The unanswerable test items.

    Attributes:
        items: (n,) indices of the items.
        clusters: (n,) clusters of the items.
        classes: number of classes.
        bootstrap: seed of the bootstrap.
    """

    items: np.ndarray
    clusters: np.ndarray
    classes: int
    bootstrap: int


def uncertainty_step(source: Source, weak: Steps, transfer: Steps, ceiling: Steps) -> Step | None:
    """Plan the mean highest beliefs about unanswerable test items.

    They need no ground truth. None if the test items have fewer than two clusters of such items.
    """
    task, items = source.task, source.splits(0).unanswerable
    clusters = task.clusters[items]
    if len(np.unique(clusters)) < 2:
        return None
    config = {
        "task": task.fingerprint,
        "items": digest(items),
        "level": LEVEL,
        "replicates": REPLICATES,
        "code": code_version(uncertainty_step, run_uncertainty),
    }
    bootstrap = int(task.fingerprint[:32], 16)
    payload = UncertaintyPayload(items, clusters, len(task.choices), bootstrap)
    parents = {"weak": tuple(weak), "transfer": tuple(transfer), "ceiling": tuple(ceiling)}
    return Step("uncertainty", config, parents, payload, group=task.fingerprint)


def run_uncertainty(jobs: Sequence[Job[UncertaintyPayload]], store: Store) -> None:
    """Write the `Unanswerable` of a row as JSON."""
    read = Reader(store)
    for job in jobs:
        found = mean_highest_belief(
            {role: read.beliefs(job, role) for role in ROLES},
            clusters=job.payload.clusters,
            rng=resampling(job),
            level=LEVEL,
            replicates=REPLICATES,
        )
        made = Unanswerable(len(job.payload.items), 1 / job.payload.classes, **found)
        store.write_json(job.key, asdict(made))
