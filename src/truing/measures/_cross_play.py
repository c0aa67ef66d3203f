"""Cross-play: games between the agents that argue for the answers of a question."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from truing.measures._agent_ratings import AgentRating, Games, rate_groups
from truing.measures._conditions import Design
from truing.measures._contrast import Contrast, Resampling
from truing.measures._estimate import Estimate
from truing.measures._judgements import Judgement, Verdicts
from truing.measures._played import GameResult


@dataclass(frozen=True)
class Pairing:
    """Plays in which one agent argues for the right answer and another for the wrong answer.

    Attributes:
        protocol: name of the protocol.
        judge: name of the judge; None if unknown, or if all judges share the row.
        honest, dishonest: agents that argue for the right and for the wrong answer.
        n, questions: number of verdicts and of distinct questions.
        honest_wins: share of verdicts with the highest belief in the right answer; a tie counts one
            half, as a drawn game. This is how Khan et al. 2024 and Kenton et al. 2024 score
            debaters of different strength.
    """

    protocol: str
    judge: str | None
    honest: str
    dishonest: str
    n: int
    questions: int
    honest_wins: Estimate


def pairings_of(
    judgements: Sequence[Judgement], design: Design, how: Resampling
) -> tuple[Pairing, ...]:
    """Pairings of agents on questions with two answers, in order of first appearance.

    Args:
        judgements: the counted judgements.
        design: their design.
        how: how intervals are drawn.
    """
    verdicts = Verdicts.of(judgements)
    rows: dict[tuple[str, str | None, str, str], list[int]] = defaultdict(list)
    for at, one in enumerate(judgements):
        if len(one.argued_by) == 2:
            judge = design.condition(one).judge
            sides = one.argued_by[one.truth], one.argued_by[1 - one.truth]
            rows[one.protocol, judge, *sides].append(at)
    found = []
    for key, places in rows.items():
        own = verdicts.where(np.array(places))
        wins = Contrast([own.mean(own.shared_hits)]).estimate(how)
        found.append(Pairing(*key, len(places), np.unique(own.questions).size, wins))
    return tuple(found)


def games_of(judgements: Iterable[Judgement]) -> Games:
    """Games between two different agents that argue for the two answers, one for each verdict.

    The winner is the agent that argues for the answer with the highest belief; a tie is a draw. All
    games on a question are in one cluster.
    """
    found: dict[tuple[str | None, str | None], list[GameResult]] = defaultdict(list)
    for one in judgements:
        if one.counted and one.belief and len(one.argued_by) == len(set(one.argued_by)) == 2:
            score = 0.5 + 0.5 * float(np.sign(one.belief[0] - one.belief[1]))
            game = GameResult(*one.argued_by, score=score, cluster=one.unit)
            found[one.protocol, one.judge].append(game)
    return found


def ratings_of(games: Games, design: Design) -> tuple[AgentRating, ...]:
    """Elo ratings of the agents under each protocol by each judge.

    Args:
        games: the games.
        design: the design of the judgements; it decides whether judges are rated apart.
    """
    by_row: dict[tuple[str | None, str | None], list[GameResult]] = defaultdict(list)
    for (protocol, judge), played in games.items():
        by_row[protocol, judge if design.by_judge else None] += played
    return rate_groups(by_row)
