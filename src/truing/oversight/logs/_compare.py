"""Accuracy of logs, and paired differences of logs of one task on the same samples."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np

from truing.errors import DataError, UnknownNameError, UserError
from truing.measures import (
    MeanScore,
    decide_verdict,
    holm,
    mean_score,
    samples_to_detect,
    score_difference,
)
from truing.oversight.logs._comparison import LogAccuracy, LogComparison, LogPair
from truing.oversight.logs._read import ScoredLog, find_logs, read_log

WORDS = ("higher", "lower")


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
