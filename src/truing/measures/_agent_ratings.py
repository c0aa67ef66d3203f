"""Elo ratings of agents from games, for each protocol and judge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from truing.measures._conditions import Condition
from truing.measures._estimate import Estimate
from truing.measures._played import GameResult
from truing.measures._ratings import Player, rate_players

SEED = 0  # of the bootstrap, so that the same games have the same intervals
REPLICATES = 2000

Games = Mapping[tuple[str | None, str | None], Sequence[GameResult]]
"""Games by protocol and judge; None if not stated."""


@dataclass(frozen=True)
class AgentRating:
    """Elo rating of an agent under one protocol by one judge.

    Attributes:
        protocol: label of the protocol; None if not stated.
        judge: name of the judge; None if not stated, or if all judges share the ratings.
        player: the rated agent; see `rate_players`.
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

    @property
    def title(self) -> str:
        """`debate, judged by gpt-4o-mini`."""
        return Condition(self.protocol or "all games", self.judge).label


def rate_groups(games: Games, replicates: int = REPLICATES) -> tuple[AgentRating, ...]:
    """Ratings of all players in each group of games, best first.

    Args:
        games: the games of each protocol and judge.
        replicates: number of refits for the intervals.

    Examples:
        >>> from truing.measures import GameResult, rate_groups
        >>> won = [GameResult("a", "b", 1.0), GameResult("a", "b", 1.0), GameResult("b", "a", 1.0)]
        >>> [(one.agent, one.rating.value) for one in rate_groups({("debate", "j"): won})]
        [('a', 1560.2...), ('b', 1439.7...)]
    """
    return tuple(
        AgentRating(protocol, judge, player)
        for (protocol, judge), played in games.items()
        if played
        for player in rate_players(played, rng=np.random.default_rng(SEED), replicates=replicates)
    )


def players_by_title(ratings: Sequence[AgentRating]) -> dict[str, list[Player]]:
    """The rated players by protocol and judge, in the order of the ratings."""
    found: dict[str, list[Player]] = {}
    for one in ratings:
        found.setdefault(one.title, []).append(one.player)
    return found
