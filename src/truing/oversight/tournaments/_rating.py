"""Ratings of the agents of a tournament, for each protocol and judge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from truing.measures import Estimate, GameResult, rate_players
from truing.oversight.tournaments._game import Game

SEED = 0  # of the bootstrap, so that the same games have the same intervals
REPLICATES = 2000


@dataclass(frozen=True)
class Rating:
    """Elo rating of an agent under one protocol and judge.

    Attributes:
        protocol: label of the protocol.
        judge: name of the judge.
        agent: name of the agent.
        rating: Elo points; the mean over the agents is 1500.
        games: number of games.
        component: number, from 1, of the set of agents that games connect; ratings of different
            components are not comparable.
        note: sentences about the assumptions of the rating; '' if there are none.
    """

    protocol: str
    judge: str
    agent: str
    rating: Estimate
    games: float
    component: int
    note: str

    def to_json(self) -> dict[str, object]:
        """JSON form."""
        return {
            "protocol": self.protocol,
            "judge": self.judge,
            "agent": self.agent,
            "rating": self.rating.value,
            "low": self.rating.low,
            "high": self.rating.high,
            "games": self.games,
            "component": self.component,
            "note": self.note,
        }


def rate_games(games: Sequence[Game], replicates: int = REPLICATES) -> list[Rating]:
    """Ratings of all agents by `rate_players`, for each protocol and judge, best first.

    Args:
        games: the games.
        replicates: number of refits for the intervals.
    """
    groups: dict[tuple[str, str], list[Game]] = {}
    for game in games:
        groups.setdefault((game.protocol, game.judge), []).append(game)
    found = []
    for (protocol, judge), played in groups.items():
        results = [GameResult(g.first, g.second, g.score, cluster=g.cluster) for g in played]
        rated = rate_players(results, rng=np.random.default_rng(SEED), replicates=replicates)
        found += [
            Rating(protocol, judge, one.player, one.rating, one.games, one.component, one.note)
            for one in rated
        ]
    return found
