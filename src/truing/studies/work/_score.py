"""Score: accuracies and PGR on the test split, from beliefs of all seeds and the ground truth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from truing import measures
from truing.errors import DataError
from truing.measures import Metric
from truing.studies._class_balance import ROLES, ClassBalance, RoleBalance
from truing.studies._scores import RoleScore, Scores
from truing.studies._step import Job, Step
from truing.studies._store import Store
from truing.studies.work._code import digest
from truing.studies.work._on_test import (
    LEVEL,
    REPLICATES,
    OnTestPayload,
    Reader,
    Steps,
    on_test,
    resampling,
    step_on_test,
)
from truing.tasks import Source
from truing.tasks.shift import distractors_of

Estimates = Mapping[Metric, measures.PGREstimate]


@dataclass(frozen=True)
class ScorePayload(OnTestPayload):
    """The test items, the baseline of PGR (`pinned` or `paired`) and the metric.

    Attributes:
        oracle_signed: the row has an oracle-signed accuracy.
        distractors: for each distractor, (n,) class for which it stands; -1 without a value.
    """

    baseline: str
    metric: Metric
    oracle_signed: bool
    distractors: Mapping[str, np.ndarray]


@dataclass(frozen=True)
class ComparePayload(OnTestPayload):
    """The test items, and the metric that is compared."""

    metric: Metric


def score_step(
    source: Source,
    baseline: str,
    metric: Metric,
    weak: Steps,
    transfer: Steps,
    ceiling: Steps,
    items: np.ndarray | None = None,
) -> Step:
    """Plan PGR and accuracies of a row, from one step per seed in each role.

    Args:
        source: the task and its vault.
        baseline: `pinned` or `paired`.
        metric: metric of PGR.
        weak, transfer, ceiling: steps of the beliefs of each role.
        items: (n,) indices of other items than the test split, which are scored.
    """
    parents = {"weak": tuple(weak), "transfer": tuple(transfer), "ceiling": tuple(ceiling)}
    scored = on_test(source, items)
    distractors = {name: one[scored.items] for name, one in distractors_of(source).items()}
    payload = ScorePayload(
        **vars(scored),
        baseline=baseline,
        metric=metric,
        oracle_signed=weak[0].payload.sign_is_free,
        distractors=distractors,
    )
    options = {"baseline": baseline, "metric": metric}
    options |= {f"distractor {name}": digest(one) for name, one in distractors.items()}
    return step_on_test("score", run_score, source, parents, payload, options)


def compare_step(
    source: Source, metric: Metric, first: Steps, second: Steps, items: np.ndarray | None = None
) -> Step:
    """Plan the paired difference in a metric between two lists of steps, one per seed.

    `items` is that of `score_step`.
    """
    parents = {"first": tuple(first), "second": tuple(second)}
    payload = ComparePayload(**vars(on_test(source, items)), metric=metric)
    return step_on_test("compare", run_compare, source, parents, payload, {"metric": metric})


def run_score(jobs: Sequence[Job[ScorePayload]], store: Store) -> None:
    """Write the `Scores` of a row as JSON."""
    read = Reader(store)
    for job in jobs:
        metric = job.payload.metric
        estimates = {one: _estimate(job, read, one) for one in _metrics_of(job)}
        found, accuracy = estimates[metric], estimates["accuracy"]
        each = {role: read.scores(job, role, metric).mean(axis=1).tolist() for role in ROLES}
        made = Scores(
            n_test=len(job.payload.items),
            weak=_role(accuracy.weak, each["weak"]),
            transfer=_role(accuracy.transfer, each["transfer"]),
            ceiling=_role(accuracy.ceiling, each["ceiling"]),
            pgr=found.pgr.value,
            pgr_low=found.pgr.low,
            pgr_high=found.pgr.high,
            pgr_sd=found.sd,
            baseline=found.baseline,
            note=found.note,
            l2=read.by_role(job, "l2"),
            learning_rate=read.by_role(job, "learning_rate"),
            stopped_at=read.by_role(job, "stopped_at"),
            class_balance=_class_balance(job, read, estimates),
            metric=metric,
            oracle_signed=_oracle_signed(job, read) if job.payload.oracle_signed else None,
            distractors={
                name: {role: _agreement(job, read, role, one) for role in ("weak", "transfer")}
                for name, one in job.payload.distractors.items()
            },
        )
        store.write_json(job.key, made.to_json())


def _metrics_of(job: Job[ScorePayload]) -> tuple[Metric, ...]:
    """Metrics that the test items allow.

    Raises:
        DataError: the metric of the study is not among them.
    """
    known: tuple[Metric, ...] = ("accuracy",)
    if job.payload.has_classes:
        known = measures.known_metrics(job.truth, job.payload.classes)
    if job.payload.metric not in known:
        raise DataError(
            f"metric {job.payload.metric} needs 2 or more test items of each class; the test items "
            f"allow {', '.join(known)}"
        )
    return known


def _estimate(job: Job[ScorePayload], read: Reader, metric: Metric) -> measures.PGREstimate:
    """PGR by a metric, with the metric of each role."""
    return measures.estimate_pgr(
        *(read.scores(job, role, metric) for role in ROLES),
        clusters=job.payload.clusters,
        truth=None if metric == "accuracy" else job.truth,
        baseline=job.payload.baseline,
        rng=resampling(job),
        level=LEVEL,
        replicates=REPLICATES,
    )


def _oracle_signed(job: Job[ScorePayload], read: Reader) -> measures.Estimate:
    """Accuracy of the supervisor under the better sign of each seed, which the truth decides."""
    assert job.truth is not None, "a score step has ground truth"
    return _agreement(job, read, "weak", job.truth)


def _agreement(
    job: Job[ScorePayload], read: Reader, role: str, values: np.ndarray
) -> measures.Estimate:
    """Agreement of a role's beliefs with a field up to sign, on the items with a value."""
    known = values >= 0
    clusters = job.payload.clusters[known]
    if len(np.unique(clusters)) < 2:
        return measures.UNDEFINED
    return measures.agreement(
        read.beliefs(job, role)[:, known],
        values[known],
        clusters=clusters,
        rng=resampling(job),
        level=LEVEL,
        replicates=REPLICATES,
    )


def _role(accuracy: measures.Estimate, by_seed: list[float]) -> RoleScore:
    value, low, high = accuracy.value, accuracy.low, accuracy.high
    assert value is not None, "an accuracy is defined"
    assert low is not None, "the interval of an accuracy is within 0 and 1"
    assert high is not None, "the interval of an accuracy is within 0 and 1"
    return RoleScore(value, low, high, by_seed)


def _class_balance(job: Job[ScorePayload], read: Reader, estimates: Estimates) -> ClassBalance:
    """Majority rate or chance accuracy of the test items, with the values of each role.

    If items have their own choices there are no classes: a hash determines their positions.
    """
    has_classes = job.payload.has_classes
    assert job.truth is not None, "a score step has ground truth"
    reference_N = (
        measures.majority_correctness(job.truth) if has_classes else 1 / job.payload.choice_counts
    )
    mean = float(reference_N.mean())
    return ClassBalance(
        majority_rate=mean if has_classes else None,
        chance_accuracy=None if has_classes else mean,
        weak=_role_balance(job, read, "weak", reference_N, estimates),
        transfer=_role_balance(job, read, "transfer", reference_N, estimates),
        ceiling=_role_balance(job, read, "ceiling", reference_N, estimates),
        classes=np.unique(job.truth).size if has_classes else None,
    )


def _role_balance(
    job: Job[ScorePayload], read: Reader, role: str, reference_N: np.ndarray, estimates: Estimates
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
    ends: dict[str, float | None] = {}
    for metric in sorted(estimates.keys() - {"accuracy"}):
        estimate = getattr(estimates[metric], role)
        ends |= {f"{metric}_low": estimate.low, f"{metric}_high": estimate.high}
    return RoleBalance(
        difference.value,
        difference.low,
        difference.high,
        balanced_accuracy=measures.balanced_accuracy(beliefs, job.truth) if has_classes else None,
        auroc=measures.auroc(beliefs, job.truth) if has_classes else None,
        **ends,
    )


def run_compare(jobs: Sequence[Job[ComparePayload]], store: Store) -> None:
    """Write the paired difference in a metric, first minus second, as JSON."""
    read = Reader(store)
    for job in jobs:
        metric = job.payload.metric
        found = measures.paired_difference(
            read.scores(job, "first", metric),
            read.scores(job, "second", metric),
            clusters=job.payload.clusters,
            truth=None if metric == "accuracy" else job.truth,
            rng=resampling(job),
            level=LEVEL,
            replicates=REPLICATES,
        )
        store.write_json(job.key, asdict(found))
