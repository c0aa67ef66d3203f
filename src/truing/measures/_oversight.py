"""Measures of oversight: metrics of each protocol, and comparisons between protocols."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from truing.measures._agent_scores import AgentScores
from truing.measures._checks import check_resampling
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

    Examples:
        >>> import numpy as np
        >>> from truing.measures import Judgement, measure_oversight
        >>> beliefs = [(0.9, 0.1), (0.8, 0.2), (0.3, 0.7), (0.7, 0.3)]
        >>> rows = [Judgement(f"q{i}", 0, belief, "debate") for i, belief in enumerate(beliefs)]
        >>> (debate,) = measure_oversight(rows, rng=np.random.default_rng(0)).protocols
        >>> debate.metrics["accuracy"].value
        0.75
    """
    replicates = check_resampling(rng, level, replicates)
    how = Resampling(int(rng.integers(2**63)), level, replicates)
    judgements = with_assignment(list(judgements))
    if not judgements:
        raise ValueError("1 or more judgements are needed, got 0")
    _check_clusters(judgements)
    names = list(dict.fromkeys(one.protocol for one in judgements))
    groups = dict.fromkeys((one.protocol, one.group) for one in judgements if one.group is not None)
    given = _Given(judgements, blind, how, AgentScores(clip, choice_score))
    return OversightMeasures(
        tuple(given.metrics_of(name) for name in names),
        tuple(
            given.metrics_of(*one) for one in sorted(groups, key=lambda one: names.index(one[0]))
        ),
        compare_protocols({name: given.verdicts_of(name) for name in names}, how),
        given.scores,
    )


@dataclass(frozen=True)
class _Given:
    """The judgements of all protocols, and the options of their metrics."""

    judgements: Sequence[Judgement]
    blind: str
    how: Resampling
    scores: AgentScores

    @cached_property
    def counted(self) -> list[Judgement]:
        return [one for one in self.judgements if one.counted]

    @cached_property
    def verdicts(self) -> Verdicts:
        return Verdicts.of(self.counted)

    def verdicts_of(self, protocol: str, group: str | None = None) -> Verdicts:
        """Counted verdicts under a protocol, of one group or of all groups."""
        rows_N = np.array([_is_under(one, protocol, group) for one in self.counted], dtype=bool)
        return self.verdicts.where(rows_N)

    def metrics_of(self, protocol: str, group: str | None = None) -> ProtocolMetrics:
        rows = [one for one in self.judgements if _is_under(one, protocol, group)]
        own = self.verdicts_of(protocol, group)
        # Blind judgements may name no groups, so a group is compared with all blind verdicts.
        unhelped = None if protocol == self.blind else self.verdicts_of(self.blind)
        return measure_protocol(protocol, group, rows, own, unhelped, self.how, self.scores)


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
