"""Measures of oversight: metrics of each protocol, and comparisons between protocols."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from truing.measures._agent_scores import AgentScores
from truing.measures._checks import check_generator, check_level, check_replicates
from truing.measures._comparisons import Comparison, compare_protocols
from truing.measures._contrast import Resampling
from truing.measures._judge_score import CLIP
from truing.measures._judgements import Judgement, Verdicts, with_assignment
from truing.measures._protocol_metrics import ProtocolMetrics, measure_protocol


@dataclass(frozen=True)
class OversightMeasures:
    """Metrics of all protocols, in order of first appearance.

    Attributes:
        protocols: metrics of each protocol.
        groups: metrics of each group of each protocol, if the judgements name groups.
        comparisons: one comparison per pair of protocols.
        scores: how the agents were scored.
    """

    protocols: tuple[ProtocolMetrics, ...]
    groups: tuple[ProtocolMetrics, ...]
    comparisons: tuple[Comparison, ...]
    scores: AgentScores


def measure_oversight(
    judgements: Iterable[Judgement],
    *,
    blind: str = "blind",
    clip: float = CLIP,
    choice_score: str = "brier",
    rng: np.random.Generator,
    level: float = 0.95,
    replicates: int = 2000,
) -> OversightMeasures:
    """Metrics of each protocol (see `ProtocolMetrics`), with intervals clustered by question.

    Each judgement has the same weight. The bootstrap reweights a question together with all its
    judgements, so order swaps and repetitions do not narrow an interval. The intervals cover other
    questions for the same judges; they do not cover the variation between judges.

    If all clusters have equal values, the replicates do not differ. The interval is then that of
    Clopper and Pearson (1934) for as many trials as clusters.

    Args:
        judgements: one or more judgements.
        blind: name of the protocol without help.
        clip: lower bound on the belief in an agent's log score; 1e-4 as in solib (Sudhir et al.
            2025).
        choice_score: `brier`, or `log` as in Sudhir et al. 2025.
        rng: random generator. It draws one seed, from which the weights of all metrics start.
        level: confidence level.
        replicates: number of bootstrap replicates B.

    Raises:
        ValueError: there is no judgement, a question is in two clusters, or an option is out of
            range.
    """
    replicates = check_replicates(replicates, check_level(level))
    how = Resampling(int(check_generator(rng).integers(2**63)), level, replicates)
    scores = AgentScores(clip, choice_score)
    judgements = with_assignment(list(judgements))
    if not judgements:
        raise ValueError("1 or more judgements are needed, got 0")
    _check_clusters(judgements)
    counted = [one for one in judgements if one.counted]
    verdicts = Verdicts.of(counted)

    def verdicts_of(name: str, group: str | None = None) -> Verdicts:
        return verdicts.where(np.array([_is_under(one, name, group) for one in counted], bool))

    def measured(name: str, group: str | None = None) -> ProtocolMetrics:
        rows = [one for one in judgements if _is_under(one, name, group)]
        # Blind judgements may name no groups, so a group is compared with all blind verdicts.
        without_help = None if name == blind else unhelped
        own = verdicts_of(name, group)
        return measure_protocol(name, group, rows, own, without_help, how, scores)

    unhelped = verdicts_of(blind)
    names = list(dict.fromkeys(one.protocol for one in judgements))
    groups = dict.fromkeys((one.protocol, one.group) for one in judgements if one.group is not None)
    return OversightMeasures(
        tuple(measured(name) for name in names),
        tuple(measured(*one) for one in sorted(groups, key=lambda one: names.index(one[0]))),
        compare_protocols({name: verdicts_of(name) for name in names}, how),
        scores,
    )


def _is_under(one: Judgement, protocol: str, group: str | None) -> bool:
    return one.protocol == protocol and group in (None, one.group)


def _check_clusters(judgements: Sequence[Judgement]) -> None:
    units: dict[str, str] = {}
    for one in judgements:
        if units.setdefault(one.question, one.unit) != one.unit:
            raise ValueError(
                f"question {one.question!r} is in two clusters, {units[one.question]!r} and "
                f"{one.unit!r}; each question must be in one cluster"
            )
