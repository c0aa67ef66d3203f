"""Score: what the beliefs of all seeds are worth on the test split; here students meet truth."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import truing.measures as measures
from truing.studies._step import Job, Step, Truth
from truing.studies._store import Store
from truing.studies.work._code import code_version, digest
from truing.tasks import Source

LEVEL = 0.95  # of every interval
REPLICATES = 2000  # of every bootstrap
ROLES = ("weak", "transfer", "ceiling")

Steps = Sequence[Step]


def score_step(source: Source, baseline: str, weak: Steps, transfer: Steps, ceiling: Steps) -> Step:
    """Plan PGR and accuracies of one row: one step a seed in each role."""
    parents = {"weak": tuple(weak), "transfer": tuple(transfer), "ceiling": tuple(ceiling)}
    return step_on_test("score", run_score, source, parents, {"baseline": baseline})


def compare_step(source: Source, first: Steps, second: Steps) -> Step:
    """Plan the paired difference in accuracy between two methods' students."""
    parents = {"first": tuple(first), "second": tuple(second)}
    return step_on_test("compare", run_compare, source, parents, {})


def step_on_test(
    kind: str,
    work: Callable[[Sequence[Job], Store], None],
    source: Source,
    parents: dict[str, tuple[Step, ...]],
    options: dict[str, Any],
) -> Step:
    """Plan what meets the truth of the test split.

    Args:
        work: the function that does it.
        options: what the work is told, part of its key.
    """
    items = source.task.splits(0).test  # the same for every seed
    config = {
        "task": source.task.fingerprint,
        "items": digest(items),
        "truth": source.vault.digest(items),
        "level": LEVEL,
        "replicates": REPLICATES,
        "code": code_version(step_on_test, work),
        **options,
    }
    payload = {
        "items": items,
        "clusters": source.task.clusters[items],
        "classes": len(source.task.choices),
        "choice_counts": source.task.choice_counts[items],
        "has_classes": source.task.kind == "classification",
        # All rows of a task are resampled alike: equal accuracies have equal intervals.
        "bootstrap": int(source.task.fingerprint[:32], 16),
        **options,
    }
    truth = Truth(source.vault, items, "score")
    return Step(kind, config, parents, payload, truth, source.task.fingerprint)


def run_score(jobs: Sequence[Job], store: Store) -> None:
    """Write the figures of a row as JSON."""
    read = Reader(store)
    for job in jobs:
        correct = {role: read.correct(job, role) for role in ROLES}
        found = measures.estimate_pgr(
            *correct.values(),
            clusters=job.payload["clusters"],
            baseline=job.payload["baseline"],
            rng=resampling(job),
            level=LEVEL,
            replicates=REPLICATES,
        )
        figures = {"n_test": len(job.payload["items"])}
        for role in ROLES:
            interval = getattr(found, f"{role}_interval")
            figures |= {
                f"{role}_accuracy": getattr(found, f"{role}_accuracy"),
                f"{role}_low": interval.low,
                f"{role}_high": interval.high,
            }
        figures |= {"pgr": found.pgr, "pgr_low": found.low, "pgr_high": found.high}
        figures |= {"pgr_sd": found.sd, "baseline": found.baseline, "note": found.note}
        figures["by_seed"] = {role: held.mean(axis=1).tolist() for role, held in correct.items()}
        figures["class_balance"] = _class_balance(job, read)
        store.write_json(job.key, figures)


def _class_balance(job: Job, read: Reader) -> dict[str, Any]:
    """The majority rate or chance accuracy of the test items, and each role beside it.

    Choices of an item's own have no classes: a hash decides their positions.
    """
    has_classes = job.payload["has_classes"]
    reference_N = (
        measures.majority_correctness(job.truth)
        if has_classes
        else 1 / job.payload["choice_counts"]
    )
    found: dict[str, Any] = {
        "majority_rate": float(reference_N.mean()) if has_classes else None,
        "chance_accuracy": None if has_classes else float(reference_N.mean()),
    }
    for role in ROLES:
        beliefs, right_SN = read.beliefs(job, role), read.correct(job, role)
        difference = measures.paired_difference(
            right_SN,
            np.broadcast_to(reference_N, right_SN.shape),
            clusters=job.payload["clusters"],
            rng=resampling(job),
            level=LEVEL,
            replicates=REPLICATES,
        )
        found[role] = {
            "balanced_accuracy": (
                measures.balanced_accuracy(beliefs, job.truth) if has_classes else None
            ),
            "auroc": measures.auroc(beliefs, job.truth) if has_classes else None,
            "difference": difference.value,
            "low": difference.low,
            "high": difference.high,
        }
    return found


def run_compare(jobs: Sequence[Job], store: Store) -> None:
    """Write a paired difference as JSON."""
    read = Reader(store)
    for job in jobs:
        found = measures.paired_difference(
            read.correct(job, "first"),
            read.correct(job, "second"),
            clusters=job.payload["clusters"],
            rng=resampling(job),
            level=LEVEL,
            replicates=REPLICATES,
        )
        figures = {"value": found.value, "low": found.low, "high": found.high, "p": found.p}
        store.write_json(job.key, figures)


def resampling(job: Job) -> np.random.Generator:
    """The bootstrap's randomness, the same for every row of a task."""
    return np.random.default_rng(job.payload["bootstrap"])


class Reader:
    """Beliefs and correctness of a batch's parents on the test items, each read once."""

    def __init__(self, store: Store):
        self.store = store
        self.known: dict[str, np.ndarray] = {}

    def beliefs(self, job: Job, role: str) -> np.ndarray:
        """(seeds, n, k)."""
        return np.stack([self._one(key, job.payload["items"]) for key in job.parents[role]])

    def correct(self, job: Job, role: str) -> np.ndarray:
        """(seeds, n) correctness."""
        return measures.correctness(self.beliefs(job, role), job.truth)

    def _one(self, key: str, items: np.ndarray) -> np.ndarray:
        if key not in self.known:
            self.known[key] = self.store.read(key)["beliefs"][items]
        return self.known[key]
