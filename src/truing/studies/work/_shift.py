"""Shift: PGR of a row in its domains, compared with PGR at home."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from truing import measures
from truing.measures import DomainScores, Estimate, Metric, ShiftEstimate
from truing.studies._class_balance import ROLES
from truing.studies._step import Job, Payload, Step
from truing.studies._store import Store
from truing.studies.work._code import code_version, digest
from truing.studies.work._on_test import LEVEL, REPLICATES
from truing.studies.work._score import ScorePayload
from truing.tasks import JointTruth, Truth


@dataclass(frozen=True)
class ShiftPayload(Payload):
    """The test items of home and of each domain.

    Attributes:
        items: (n,) indices of the test items in their task, for home and each domain.
        clusters: (n,) clusters of the items; equal numbers are the same cluster in all of them.
        baseline: `pinned` or `paired`.
        metric: metric of PGR.
        bootstrap: seed of the bootstrap.
    """

    items: tuple[np.ndarray, ...]
    clusters: tuple[np.ndarray, ...]
    baseline: str
    metric: Metric
    bootstrap: int


def shift_step(scores: Sequence[Step]) -> Step:
    """Plan the comparison of domains with home.

    Args:
        scores: the score steps of home and of each domain, home first.
    """
    payloads = [step.payload for step in scores]
    several = [one for one in payloads if isinstance(one, ScorePayload)]
    truths = [step.truth for step in scores if isinstance(step.truth, Truth)]
    parents = {
        f"{role} {number}": step.parents[role]
        for number, step in enumerate(scores)
        for role in ROLES
    }
    payload = ShiftPayload(
        items=tuple(one.items for one in several),
        clusters=_clusters([truth.vault for truth in truths], [one.clusters for one in several]),
        baseline=several[0].baseline,
        metric=several[0].metric,
        bootstrap=several[0].bootstrap,
    )
    config = {
        "domains": [step.config for step in scores],
        "clusters": digest(np.concatenate(payload.clusters)),
        "code": code_version(shift_step, run_shift),
    }
    return Step("shift", config, parents, payload, JointTruth(tuple(truths)))


def _clusters(tasks: Sequence[object], clusters: Sequence[np.ndarray]) -> tuple[np.ndarray, ...]:
    """Clusters with other numbers in each task, so that equal numbers are the same cluster."""
    starts: dict[int, int] = {}
    found, following = [], 0
    for task, own in zip(tasks, clusters, strict=True):
        if id(task) not in starts:
            starts[id(task)] = following
        found.append(starts[id(task)] + own)
        following = max(following, int(found[-1].max()) + 1)
    return tuple(found)


def run_shift(jobs: Sequence[Job[ShiftPayload]], store: Store) -> None:
    """Write the `ShiftEstimate` of a row as JSON."""
    known: dict[str, np.ndarray] = {}
    for job in jobs:
        home, *domains = _scores(job, store, known)
        found = measures.estimate_shift(
            home,
            domains,
            baseline=job.payload.baseline,
            rng=np.random.default_rng(job.payload.bootstrap),
            level=LEVEL,
            replicates=REPLICATES,
        )
        store.write_json(job.key, asdict(found))


def _scores(
    job: Job[ShiftPayload], store: Store, known: dict[str, np.ndarray]
) -> list[DomainScores]:
    """Scores of home and of each domain."""
    assert job.truth is not None, "the step receives the ground truth of its test items"
    metric, found, first = job.payload.metric, [], 0
    for number, items in enumerate(job.payload.items):
        truth = job.truth[first : first + len(items)]
        first += len(items)
        weak, transfer, ceiling = (
            measures.item_scores(metric, _beliefs(keys, items, store, known), truth)
            for keys in (job.parents[f"{role} {number}"] for role in ROLES)
        )
        classes = None if metric == "accuracy" else truth
        clusters = job.payload.clusters[number]
        found.append(DomainScores(weak, transfer, ceiling, clusters, classes))
    return found


def _beliefs(
    keys: Sequence[str], items: np.ndarray, store: Store, known: dict[str, np.ndarray]
) -> np.ndarray:
    """(seeds, n, k) beliefs about some items."""
    for key in keys:
        if key not in known:
            known[key] = store.read(key)["beliefs"]
    return np.stack([known[key][items] for key in keys])


def read_shift(stored: Mapping[str, Any]) -> ShiftEstimate:
    """The `ShiftEstimate` that `run_shift` wrote."""
    several = {name: tuple(Estimate(**one) for one in stored[name]) for name in ("pgr", "drops")}
    single = {name: Estimate(**stored[name]) for name in ("mean", "worst_pgr")}
    return ShiftEstimate(**{**stored, **several, **single})
