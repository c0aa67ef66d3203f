"""Ratings of the agents of a tournament, for each protocol and judge."""

from __future__ import annotations

from collections.abc import Sequence

from truing.measures import AgentRating, GameResult, rate_groups
from truing.oversight.tournaments._game import Game

REPLICATES = 2000


def rate_games(games: Sequence[Game], replicates: int = REPLICATES) -> tuple[AgentRating, ...]:
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
    groups: dict[tuple[str | None, str | None], list[GameResult]] = {}
    for one in games:
        result = GameResult(one.first, one.second, one.score, cluster=one.cluster)
        groups.setdefault((one.protocol, one.judge), []).append(result)
    return rate_groups(groups, replicates)
