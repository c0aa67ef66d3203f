"""What a comparison of logs contains: accuracies, pairs, and remarks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from truing.measures import MeanScore, ScoreDifference
from truing.oversight.logs._read import ScoredLog

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
        """Remarks on clusters, other accuracies, values that are left out, and other inputs."""
        found = []
        for field in {log.clustered_by: None for log in self.logs if log.clustered_by}:
            own = [str(self.number(log)) for log in self.logs if log.clustered_by == field]
            if self.cluster is None:
                found.append(
                    f"{', '.join(own)}: the task clusters its standard error by {field!r}; use "
                    f"--cluster {field}"
                )
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
