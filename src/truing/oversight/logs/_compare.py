"""Accuracy of logs, and paired differences of logs of one task on the same samples."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from truing.errors import DataError, UnknownNameError, UserError
from truing.measures import (
    MeanScore,
    ScoreDifference,
    decide_verdict,
    holm,
    mean_score,
    samples_to_detect,
    score_difference,
)
from truing.oversight.logs._read import ScoredLog, find_logs, read_log

WORDS = ("higher", "lower")
SAME = 1e-6  # difference of two accuracies that is only rounding


@dataclass(frozen=True)
class LogAccuracy:
    """Mean score of a log by one scorer.

    Attributes:
        log: the log.
        scorer: name of the scorer; None if the log has no score.
        score: mean score with its interval; None if no sample has a score that is a number.
    """

    log: ScoredLog
    scorer: str | None
    score: MeanScore | None


@dataclass(frozen=True)
class LogPair:
    """Difference in score between two logs on the same samples, first minus second.

    Attributes:
        first, second: the logs.
        scorer: name of the scorer.
        difference: mean difference with its interval and p-value.
        p_holm: p-value corrected for all pairs (Holm 1979); None without a p-value.
        verdict: `higher`, `lower` or `inconclusive`, about the first log, at p_holm < 0.05.
        n_to_detect: number of samples that detect the wanted difference with 80% power; None if no
            difference is wanted, or if the scores of the two logs do not vary against each other.
        other_inputs: number of these samples whose input differs between the logs.
    """

    first: ScoredLog
    second: ScoredLog
    scorer: str
    difference: ScoreDifference
    p_holm: float | None
    verdict: str
    n_to_detect: int | None
    other_inputs: int


@dataclass(frozen=True)
class LogComparison:
    """Logs, their accuracies and their paired differences.

    Attributes:
        logs: the logs that could be read.
        accuracies: a row for each log and scorer.
        pairs: a row for each two logs of one task and each scorer of both.
        unreadable: a line for each file that could not be read.
        unpaired: a line for each reason why logs are not paired.
        cluster: metadata field by which samples are clustered, or None.
        scorers: the chosen scorers; empty for all.
        detect: difference that should be detected, or None.
    """

    logs: tuple[ScoredLog, ...]
    accuracies: tuple[LogAccuracy, ...]
    pairs: tuple[LogPair, ...]
    unreadable: tuple[str, ...]
    unpaired: tuple[str, ...]
    cluster: str | None
    scorers: tuple[str, ...]
    detect: float | None

    def number(self, log: ScoredLog) -> int:
        """Number of a log, from 1."""
        return self.logs.index(log) + 1

    def notes(self) -> list[str]:
        """Remarks on values that are left out, on other inputs, and on other accuracies."""
        found = []
        for one in self.accuracies:
            where = f"{self.number(one.log)}, {one.scorer}"
            count = one.log.left_out.get(one.scorer or "", 0)
            if count:
                found.append(f"{where}: {count} values that are not numbers are left out")
            recorded = one.log.recorded.get(one.scorer or "")
            value = one.score.value if one.score else None
            if recorded is not None and value is not None and abs(recorded - value) > SAME:
                found.append(
                    f"{where}: the log states {recorded:.4f}, with other weights or another "
                    "mapping of values to numbers"
                )
        for pair in self.pairs:
            if pair.other_inputs:
                found.append(
                    f"{self.number(pair.first)} - {self.number(pair.second)}: "
                    f"{pair.other_inputs} of {pair.difference.n} samples with equal ids have "
                    "different inputs; samples are paired by id"
                )
        return list(dict.fromkeys(found))

    def to_json(self) -> dict[str, Any]:
        """Rows of logs and pairs as JSON values."""
        return {
            "logs": [_plain(one) for one in self.accuracies],
            "pairs": [_plain_pair(one) for one in self.pairs],
            "unreadable": list(self.unreadable),
            "unpaired": list(self.unpaired),
            "notes": self.notes(),
            "cluster": self.cluster,
            "detect": self.detect,
        }


def compare_logs(
    paths: Sequence[str | Path],
    *,
    cluster: str | None = None,
    scorers: Sequence[str] = (),
    detect: float | None = None,
) -> LogComparison:
    """Accuracies of Inspect logs, and paired differences of all logs of one task.

    Samples are paired by id, after the mean over epochs. Standard errors are clustered by sample,
    or by a metadata field (`mean_score`, `score_difference`). p-values are Holm-corrected over all
    pairs and scorers.

    Args:
        paths: files, folders, patterns or URLs of logs, by anyone and of any task.
        cluster: metadata field of the samples; equal values mark related samples.
        scorers: names of the scorers to use; empty for all.
        detect: difference for which the required number of samples is computed.

    Raises:
        DataError: no file can be read as a log.
        UserError: a path, a scorer or an argument is wrong.

    Examples:
        >>> from truing.oversight.logs import compare_logs
        >>> compare_logs(["missing.eval"])
        Traceback (most recent call last):
        truing.errors.UserError: no log at 'missing.eval'; name a file, a folder or a pattern ...
    """
    if detect is not None and not (math.isfinite(detect) and detect > 0.0):
        raise UserError(f"detect must be above 0, such as 0.02, got {detect:g}")
    if not paths:
        raise UserError("no log is named; name files, folders or patterns like 'logs/*.eval'")
    logs, unreadable = _read(find_logs(paths), cluster)
    known = list(dict.fromkeys(name for log in logs for name in log.scores))
    for name in scorers:
        if name not in known:
            raise UnknownNameError("scorer", name, known)
    wanted = set(scorers or known)
    accuracies = [one for log in logs for one in _accuracies(log, wanted)]
    pairs, unpaired = _pairs(logs, wanted, detect)
    return LogComparison(
        tuple(logs),
        tuple(accuracies),
        _corrected(pairs),
        tuple(unreadable),
        tuple(unpaired),
        cluster,
        tuple(scorers),
        detect,
    )


def _read(paths: Sequence[str], cluster: str | None) -> tuple[list[ScoredLog], list[str]]:
    logs, unreadable = [], []
    for path in paths:
        try:
            logs.append(read_log(path, cluster=cluster))
        except DataError as error:
            unreadable.append(str(error))
    if not logs:
        more = f" (and {len(unreadable) - 1} more)" if len(unreadable) > 1 else ""
        raise DataError(f"{unreadable[0]}{more}")
    return logs, unreadable


def _accuracies(log: ScoredLog, wanted: set[str]) -> list[LogAccuracy]:
    names = [name for name in log.scores if name in wanted]
    return [LogAccuracy(log, name, _mean(log, name)) for name in names] or [
        LogAccuracy(log, None, None)
    ]


def _mean(log: ScoredLog, scorer: str) -> MeanScore | None:
    scores = log.scores[scorer]
    if not scores:
        return None
    return mean_score(list(scores.values()), clusters=_clusters(log, list(scores)))


def _clusters(log: ScoredLog, ids: Sequence[str]) -> np.ndarray | None:
    """(N,) number of the cluster of each sample; None without clusters."""
    if not log.clusters:
        return None
    return np.unique([log.clusters[id_] for id_ in ids], return_inverse=True)[1]


def _pairs(
    logs: Sequence[ScoredLog], wanted: set[str], detect: float | None
) -> tuple[list[LogPair], list[str]]:
    """Pairs of logs of one task, and the reasons why others are not paired."""
    tasks: dict[str, list[int]] = {}
    for number, log in enumerate(logs, 1):
        tasks.setdefault(log.task, []).append(number)
    unpaired = []
    if len(tasks) > 1:
        named = [f"{task} ({', '.join(map(str, own))})" for task, own in tasks.items()]
        unpaired.append(f"logs of different tasks are not paired: {'; '.join(named)}")
    pairs = []
    for (a, first), (b, second) in combinations(enumerate(logs, 1), 2):
        if first.task != second.task:
            continue
        common = [name for name in first.scores if name in second.scores and name in wanted]
        found = [_pair(first, second, name, detect) for name in common]
        pairs += [one for one in found if one is not None]
        if not common:
            unpaired.append(f"{a} and {b} are not paired: they have no scorer in common")
        elif None in found:
            unpaired.append(f"{a} and {b} are not paired: they have no scored sample in common")
    return pairs, unpaired


def _pair(first: ScoredLog, second: ScoredLog, scorer: str, detect: float | None) -> LogPair | None:
    """The difference on the samples that both logs score; None without such samples."""
    ours, theirs = first.scores[scorer], second.scores[scorer]
    ids = [id_ for id_ in ours if id_ in theirs]
    if not ids:
        return None
    found = score_difference(
        [ours[id_] for id_ in ids], [theirs[id_] for id_ in ids], clusters=_clusters(first, ids)
    )
    samples = None
    if detect is not None and found.stderr:
        samples = samples_to_detect(detect, stderr=found.stderr, n=found.n)
    other = sum(first.inputs[id_] != second.inputs[id_] for id_ in ids)
    return LogPair(first, second, scorer, found, None, "", samples, other)


def _corrected(pairs: Sequence[LogPair]) -> tuple[LogPair, ...]:
    """The pairs with corrected p-values and verdicts."""
    alone = [math.nan if one.difference.p is None else one.difference.p for one in pairs]
    found = []
    for one, p in zip(pairs, holm(alone).tolist(), strict=True):
        p_holm = None if one.difference.p is None else p
        verdict = decide_verdict(one.difference.value, p_holm, words=WORDS)
        found.append(replace(one, p_holm=p_holm, verdict=verdict))
    return tuple(found)


def _plain(one: LogAccuracy) -> dict[str, Any]:
    log, score = one.log, one.score
    return {
        "log": log.path,
        "task": log.task,
        "model": log.model,
        "scorer": one.scorer,
        "n": score.n if score else 0,
        "accuracy": score.value if score else None,
        "stderr": score.stderr if score else None,
        "low": score.low if score else None,
        "high": score.high if score else None,
        "method": score.method if score else None,
        "clusters": score.clusters if score else 0,
        "status": log.status,
        "invalidated": log.invalidated,
        "epochs": log.epochs,
        "samples": log.samples,
        "planned": log.planned,
        "errors": log.errors,
        "left_out": log.left_out.get(one.scorer or "", 0),
        "recorded": log.recorded.get(one.scorer or ""),
    }


def _plain_pair(one: LogPair) -> dict[str, Any]:
    return {
        "a": one.first.path,
        "b": one.second.path,
        "scorer": one.scorer,
        "n": one.difference.n,
        "difference": one.difference.value,
        "stderr": one.difference.stderr,
        "low": one.difference.low,
        "high": one.difference.high,
        "method": one.difference.method,
        "p": one.difference.p,
        "p_holm": one.p_holm,
        "verdict": one.verdict,
        "n_to_detect": one.n_to_detect,
        "other_inputs": one.other_inputs,
    }
