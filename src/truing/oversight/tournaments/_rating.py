"""Ratings of the agents of a tournament, for each protocol and judge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from truing.measures import Estimate, GameResult, Player, rate_players
from truing.oversight.tournaments._game import Game

SEED = 0  # of the bootstrap, so that the same games have the same intervals
REPLICATES = 2000
Group = tuple[str | None, str | None]
"""Protocol and judge; None if not stated."""


@dataclass(frozen=True)
class Rating:
    """Elo rating of an agent under one protocol and judge.

    Attributes:
        protocol: label of the protocol; None if not stated.
        judge: name of the judge; None if not stated.
        player: the rated agent.
    """

    protocol: str | None
    judge: str | None
    player: Player

    @property
    def agent(self) -> str:
        """Name of the agent."""
        return self.player.player

    @property
    def rating(self) -> Estimate:
        """Elo points; the mean over the agents that games connect is 1500."""
        return self.player.rating

    def to_json(self) -> dict[str, object]:
        """JSON form."""
        return {
            "protocol": self.protocol,
            "judge": self.judge,
            "agent": self.agent,
            "rating": self.rating.value,
            "low": self.rating.low,
            "high": self.rating.high,
            "games": self.player.games,
            "component": self.player.component,
            "note": self.player.note,
        }


def rate_games(games: Sequence[Game], replicates: int = REPLICATES) -> list[Rating]:
    """Ratings of all agents by `rate_players`, for each protocol and judge, best first.

    Args:
        games: the games.
        replicates: number of refits for the intervals.

    Examples:
        >>> from truing.oversight.tournaments import Game, rate_games
        >>> game = Game("a", "b", 1.0, "q1", "debate", "j", "q1", 0, False)
        >>> lost = Game("b", "a", 1.0, "q2", "debate", "j", "q2", 0, False)
        >>> [(one.agent, one.rating.value) for one in rate_games([game, game, lost])]
        [('a', 1560.2...), ('b', 1439.7...)]
    """
    groups: dict[Group, list[GameResult]] = {}
    for one in games:
        result = GameResult(one.first, one.second, one.score, cluster=one.cluster)
        groups.setdefault((one.protocol, one.judge), []).append(result)
    return rate_groups(groups, replicates)


def rate_groups(
    groups: Mapping[Group, Sequence[GameResult]], replicates: int = REPLICATES
) -> list[Rating]:
    """Ratings of all players in each group of games, best first."""
    found = []
    for (protocol, judge), results in groups.items():
        rng = np.random.default_rng(SEED)
        rated = rate_players(results, rng=rng, replicates=replicates)
        found += [Rating(protocol, judge, one) for one in rated]
    return found
