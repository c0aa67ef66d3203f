"""Measures of oversight: metrics of each protocol, judge and agent, and their comparisons."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from truing.measures._agent_ratings import AgentRating, Games
from truing.measures._agent_scores import AgentScores
from truing.measures._agent_strength import StrengthKind, agent_strengths
from truing.measures._checks import check_resampling
from truing.measures._comparisons import Comparison, compare_conditions
from truing.measures._conditions import Condition, Design
from truing.measures._contrast import Resampling
from truing.measures._cross_play import Pairing, games_of, pairings_of, ratings_of
from truing.measures._estimate import UNDEFINED
from truing.measures._judge_score import CLIP
from truing.measures._judgements import Judgement, Verdicts, with_assignment
from truing.measures._protocol_metrics import ProtocolMetrics, RowName, measure_protocol


@dataclass(frozen=True)
class OversightMeasures:
    """Metrics of all protocols.

    Attributes:
        protocols: metrics of each protocol; of each protocol, judge and agent if several judges or
            agents have the same questions (see `Design`). By judge, then by protocol, then by
            agent, each in order of first appearance.
        groups: metrics of each group of each of these rows, if the judgements name groups.
        comparisons: comparisons of pairs of rows, which are one family for Holm's correction.
        scores: how the agents were scored.
        strength: kind of the agents' strength, `elo` or `ase`; see `agent_strengths`.
        pairings: results of each pair of agents, if agents argue against each other.
        ratings: Elo ratings of the agents under each protocol by each judge, if there are games.
    """

    protocols: tuple[ProtocolMetrics, ...]
    groups: tuple[ProtocolMetrics, ...]
    comparisons: tuple[Comparison, ...]
    scores: AgentScores
    strength: StrengthKind = "ase"
    pairings: tuple[Pairing, ...] = ()
    ratings: tuple[AgentRating, ...] = ()


def measure_oversight(
    judgements: Iterable[Judgement],
    *,
    blind: str = "blind",
    clip: float = CLIP,
    choice_score: str = "brier",
    pool_judges: bool = False,
    games: Games | None = None,
    rng: np.random.Generator,
    level: float = 0.95,
    replicates: int = 2000,
) -> OversightMeasures:
    """Metrics of each protocol (see `ProtocolMetrics`), with intervals clustered by question.

    Each judgement has the same weight. The bootstrap reweights a question together with all its
    judgements, so order swaps and repetitions do not narrow an interval. The intervals cover other
    questions for the same judges; they do not cover the variation between judges.

    Several judges, or agents, that have the same questions are a grid: each has separate rows.
    Others are a sample and share the rows.

    If all clusters have equal values, the replicates do not differ. The interval is then that of
    Clopper and Pearson (1934) for as many trials as clusters.

    Args:
        judgements: one or more judgements.
        blind: name of the protocol without help.
        clip: lower bound on the belief in an agent's log score; 1e-4 as in solib (Sudhir et al.
            2025).
        choice_score: `brier`, or `log` as in Sudhir et al. 2025.
        pool_judges: whether all judges share rows in any case.
        games: games of a tournament, by protocol and judge; by default those between the agents
            that argue for the answers of a question (`games_of`).
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
    design = Design.of(judgements, pool_judges)
    given = _Given(judgements, blind, how, AgentScores(clip, choice_score), design)
    return given.measured(games or games_of(judgements))


@dataclass(frozen=True)
class _Given:
    """The judgements of all protocols, and the options of their metrics."""

    judgements: Sequence[Judgement]
    blind: str
    how: Resampling
    scores: AgentScores
    design: Design

    def measured(self, games: Games) -> OversightMeasures:
        """All measures; the ratings come from the games."""
        conditions = self.design.conditions
        groups = dict.fromkeys(
            (self.design.condition(one), one.group)
            for one in self.judgements
            if one.group is not None
        )
        ratings = ratings_of(games, self.design)
        protocols = [self.metrics_of(one) for one in conditions]
        kind, strengths = agent_strengths(protocols, ratings)
        verdicts = {one: self.verdicts_of(one) for one in conditions}
        return OversightMeasures(
            tuple(
                replace(one, strength=strengths.get(one.condition, UNDEFINED)) for one in protocols
            ),
            tuple(
                self.metrics_of(*one)
                for one in sorted(groups, key=lambda one: conditions.index(one[0]))
            ),
            compare_conditions(verdicts, self.design, self.how),
            self.scores,
            kind,
            pairings_of(self.counted, self.design, self.how),
            ratings,
        )

    @cached_property
    def counted(self) -> list[Judgement]:
        return [one for one in self.judgements if one.counted]

    @cached_property
    def verdicts(self) -> Verdicts:
        return Verdicts.of(self.counted)

    @cached_property
    def places(self) -> Mapping[Condition, np.ndarray]:
        """Indices of the counted judgements of each condition."""
        found: dict[Condition, list[int]] = {one: [] for one in self.design.conditions}
        for at, one in enumerate(self.counted):
            found[self.design.condition(one)].append(at)
        return {one: np.array(places, dtype=int) for one, places in found.items()}

    @cached_property
    def rows(self) -> Mapping[Condition, list[Judgement]]:
        """The judgements of each condition, also those that are not counted."""
        found: dict[Condition, list[Judgement]] = {}
        for one in self.judgements:
            found.setdefault(self.design.condition(one), []).append(one)
        return found

    def verdicts_of(self, condition: Condition, group: str | None = None) -> Verdicts:
        """Counted verdicts of a condition, of one group or of all groups."""
        places = self.places[condition].tolist()
        own = [at for at in places if group in (None, self.counted[at].group)]
        return self.verdicts.where(np.array(own, dtype=int))

    def unhelped_by(self, judge: str | None) -> Verdicts:
        """Counted verdicts of a judge without help; of all judges if only one judges without help.

        Blind judgements may name no groups, so a group is compared with all blind verdicts.
        """
        blind = [one for one in self.design.conditions if one.protocol == self.blind]
        alone = len({one.judge for one in blind}) == 1
        own = [self.places[one] for one in blind if alone or one.judge == judge]
        return self.verdicts.where(np.sort(np.concatenate([np.array([], dtype=int), *own])))

    def metrics_of(self, condition: Condition, group: str | None = None) -> ProtocolMetrics:
        rows = [one for one in self.rows[condition] if group in (None, one.group)]
        own = self.verdicts_of(condition, group)
        helped = condition.protocol != self.blind
        unhelped = self.unhelped_by(condition.judge) if helped else None
        named = RowName(condition, condition in self.design.mixed, group)
        return measure_protocol(named, rows, own, unhelped, self.how, self.scores)


def _check_clusters(judgements: Sequence[Judgement]) -> None:
    units: dict[str, str] = {}
    for one in judgements:
        if units.setdefault(one.question, one.unit) != one.unit:
            raise ValueError(
                f"question {one.question!r} is in two clusters, {units[one.question]!r} and "
                f"{one.unit!r}; each question must be in one cluster"
            )
