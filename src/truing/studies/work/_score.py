"""Score: accuracies and PGR on the test split, from beliefs of all seeds and the ground truth."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from truing import measures
from truing.studies._class_balance import ROLES, ClassBalance, RoleBalance
from truing.studies._scores import RoleScore, Scores
from truing.studies._step import Job, Payload, Step
from truing.studies._store import Store
from truing.studies.work._code import code_version, digest
from truing.tasks import Source, Truth

LEVEL = 0.95  # confidence level of every interval
REPLICATES = 2000  # replicates of every bootstrap

Steps = Sequence[Step]


@dataclass(frozen=True)
class OnTestPayload(Payload):
    """The test items, on which beliefs are compared with the ground truth.

    Attributes:
        items: (n,) indices of the test items.
        clusters: (n,) clusters of the test items.
        classes: number of choices.
        choice_counts: (n,) number of choices of each item.
        has_classes: the choices are classes; False if items have their own choices.
        bootstrap: seed of the bootstrap.
    """

    items: np.ndarray
    clusters: np.ndarray
    classes: int
    choice_counts: np.ndarray
    has_classes: bool
    bootstrap: int


@dataclass(frozen=True)
class ScorePayload(OnTestPayload):
    """The test items, and the baseline of PGR: `pinned` or `paired`."""

    baseline: str


def score_step(source: Source, baseline: str, weak: Steps, transfer: Steps, ceiling: Steps) -> Step:
    """Plan PGR and accuracies of a row, from one step per seed in each role."""
    parents = {"weak": tuple(weak), "transfer": tuple(transfer), "ceiling": tuple(ceiling)}
    payload = ScorePayload(**vars(on_test(source)), baseline=baseline)
    return step_on_test("score", run_score, source, parents, payload, {"baseline": baseline})


def compare_step(source: Source, first: Steps, second: Steps) -> Step:
    """Plan the paired difference in accuracy between two lists of steps, one per seed."""
    parents = {"first": tuple(first), "second": tuple(second)}
    return step_on_test("compare", run_compare, source, parents, on_test(source), {})


def on_test(source: Source) -> OnTestPayload:
    """The test items of a task."""
    task = source.task
    items = task.splits(0).test  # the same for every seed
    return OnTestPayload(
        items=items,
        clusters=task.clusters[items],
        classes=len(task.choices),
        choice_counts=task.choice_counts[items],
        has_classes=task.kind == "classification",
        # The same for all rows of a task, so that equal accuracies have equal intervals.
        bootstrap=int(task.fingerprint[:32], 16),
    )


def step_on_test(
    kind: str,
    work: Callable[[Sequence[Job[Any]], Store], None],
    source: Source,
    parents: dict[str, tuple[Step, ...]],
    payload: OnTestPayload,
    options: dict[str, str],
) -> Step:
    """Plan a step that uses the ground truth of the test split.

    Args:
        kind: kind of the step.
        work: function that runs it.
        source: the task and its vault.
        parents: steps whose beliefs are scored, by role.
        payload: the test items.
        options: further arguments that change the result, part of the key.
    """
    items = payload.items
    config = {
        "task": source.task.fingerprint,
        "items": digest(items),
        "truth": source.vault.digest(items),
        "level": LEVEL,
        "replicates": REPLICATES,
        "code": code_version(step_on_test, work),
        **options,
    }
    truth = Truth(source.vault, items, "score")
    return Step(kind, config, parents, payload, truth, source.task.fingerprint)


def run_score(jobs: Sequence[Job[ScorePayload]], store: Store) -> None:
    """Write the `Scores` of a row as JSON."""
    read = Reader(store)
    for job in jobs:
        right = {role: read.correct(job, role) for role in ROLES}
        found = measures.estimate_pgr(
            *right.values(),
            clusters=job.payload.clusters,
            baseline=job.payload.baseline,
            rng=resampling(job),
            level=LEVEL,
            replicates=REPLICATES,
        )
        each = {role: right_SN.mean(axis=1).tolist() for role, right_SN in right.items()}
        made = Scores(
            n_test=len(job.payload.items),
            weak=_role(found.weak, each["weak"]),
            transfer=_role(found.transfer, each["transfer"]),
            ceiling=_role(found.ceiling, each["ceiling"]),
            pgr=found.pgr.value,
            pgr_low=found.pgr.low,
            pgr_high=found.pgr.high,
            pgr_sd=found.sd,
            baseline=found.baseline,
            note=found.note,
            class_balance=_class_balance(job, read),
        )
        store.write_json(job.key, made.to_json())


def _role(accuracy: measures.Estimate, by_seed: list[float]) -> RoleScore:
    value, low, high = accuracy.value, accuracy.low, accuracy.high
    assert value is not None, "an accuracy is defined"
    assert low is not None, "the interval of an accuracy is within 0 and 1"
    assert high is not None, "the interval of an accuracy is within 0 and 1"
    return RoleScore(value, low, high, by_seed)


def _class_balance(job: Job[ScorePayload], read: Reader) -> ClassBalance:
    """Majority rate or chance accuracy of the test items, with the values of each role.

    If items have their own choices there are no classes: a hash determines their positions.
    """
    has_classes = job.payload.has_classes
    reference_N = (
        measures.majority_correctness(job.truth) if has_classes else 1 / job.payload.choice_counts
    )
    mean = float(reference_N.mean())
    return ClassBalance(
        majority_rate=mean if has_classes else None,
        chance_accuracy=None if has_classes else mean,
        weak=_role_balance(job, read, "weak", reference_N),
        transfer=_role_balance(job, read, "transfer", reference_N),
        ceiling=_role_balance(job, read, "ceiling", reference_N),
    )


def _role_balance(
    job: Job[ScorePayload], read: Reader, role: str, reference_N: np.ndarray
) -> RoleBalance:
    beliefs, right_SN = read.beliefs(job, role), read.correct(job, role)
    difference = measures.paired_difference(
        right_SN,
        np.broadcast_to(reference_N, right_SN.shape),
        clusters=job.payload.clusters,
        rng=resampling(job),
        level=LEVEL,
        replicates=REPLICATES,
    )
    has_classes = job.payload.has_classes
    return RoleBalance(
        difference.value,
        difference.low,
        difference.high,
        balanced_accuracy=measures.balanced_accuracy(beliefs, job.truth) if has_classes else None,
        auroc=measures.auroc(beliefs, job.truth) if has_classes else None,
    )


def run_compare(jobs: Sequence[Job[OnTestPayload]], store: Store) -> None:
    """Write the paired difference in accuracy, first minus second, as JSON."""
    read = Reader(store)
    for job in jobs:
        found = measures.paired_difference(
            read.correct(job, "first"),
            read.correct(job, "second"),
            clusters=job.payload.clusters,
            rng=resampling(job),
            level=LEVEL,
            replicates=REPLICATES,
        )
        store.write_json(job.key, asdict(found))


def resampling(job: Job[Any]) -> np.random.Generator:
    """Random generator of the bootstrap, the same for every row of a task."""
    return np.random.default_rng(job.payload.bootstrap)


class Reader:
    """Reads beliefs and correctness of a batch's parents on the test items, each once."""

    def __init__(self, store: Store):
        self.store = store
        self.known: dict[str, np.ndarray] = {}

    def beliefs(self, job: Job[Any], role: str) -> np.ndarray:
        """(seeds, n, k) beliefs."""
        return np.stack([self._read(key, job.payload.items) for key in job.parents[role]])

    def correct(self, job: Job[Any], role: str) -> np.ndarray:
        """(seeds, n) correctness."""
        return measures.correctness(self.beliefs(job, role), job.truth)

    def _read(self, key: str, items: np.ndarray) -> np.ndarray:
        if key not in self.known:
            self.known[key] = self.store.read(key)["beliefs"][items]
        return self.known[key]
