"""Bradley-Terry ratings from game results, on the Elo scale.

P(first beats second) = 1 / (1 + 10^((r_second - r_first) / 400)) (Elo 1978; Bradley & Terry 1952).
The ratings are fitted to all games at once by maximum likelihood; each game has weight 1.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from scipy.sparse.csgraph import connected_components

from truing.measures._bradley_terry import fit_strengths
from truing.measures._checks import check_resampling
from truing.measures._estimate import Estimate, percentile_estimate, student_stretch
from truing.measures._played import ROLES, GameResult, Played, graph_of

POINTS = 400.0 / math.log(10.0)  # Elo points per unit of log odds
MEAN_RATING = 1500.0
DRAW = 0.5
NUMBERS_AT_ONCE = 4_000_000  # floats in memory at a time: 32 MB


@dataclass(frozen=True)
class Player:
    """Rating of one player in one role.

    Attributes:
        player: name of the player.
        role: None, `guard` or `adversary`.
        rating: Elo points; the mean over the ratings of a component is 1500.
        games: number of games played.
        component: number, from 1, of the set of players that are connected by games. Ratings of
            different components are not comparable.
        note: sentences about the assumptions of the rating; '' if there are none.
    """

    player: str
    role: str | None
    rating: Estimate
    games: float
    component: int
    note: str


def rate_players(
    games: Iterable[GameResult],
    *,
    rng: np.random.Generator,
    level: float = 0.95,
    replicates: int = 2000,
) -> list[Player]:
    """Maximum likelihood ratings, sorted by component, role and rating (best first).

    Only rating differences are identified, so the mean rating of each component of players is set
    to 1500. Guards and adversaries (Engels et al. 2025) share this anchor: the mean is over all of
    them, and P(guard wins) follows from the ratings of guard and adversary by the formula above.

    If some players of a component never lost to the other players (or never won), the likelihood
    has no maximum. Such a component is fitted with one drawn game added to each pairing that was
    played; the note states this, and unbounded ends of intervals are None. (Ford 1957 gives the
    condition for a maximum: each player must be reachable from each other player by wins.)

    The interval comes from refits under exponential weights on clusters (Bayesian bootstrap). It is
    stretched to Student's quantiles, with (number of clusters - number of free ratings) degrees of
    freedom. Games without a cluster are first summed by pairing, so equal games have equal
    intervals in one row or in many rows. A draw counts as half a win and half a loss, which makes
    the interval of many draws too wide and never too narrow (see `Played.resample`).

    Args:
        games: one or more results.
        rng: random generator of the replicates.
        level: confidence level.
        replicates: number of refits B.

    Raises:
        ValueError: there are no games, or an option is out of range.

    Examples:
        >>> import numpy as np
        >>> from truing.measures import GameResult, rate_players
        >>> games = [GameResult("ann", "bob", 0.75, games=40)]
        >>> ann, bob = rate_players(games, rng=np.random.default_rng(0))
        >>> f"{ann.player} {ann.rating.value:.0f}, {bob.player} {bob.rating.value:.0f}"
        'ann 1595, bob 1405'
    """
    replicates = check_resampling(rng, level, replicates)
    games = list(games)
    if not games:
        raise ValueError("1 or more games are needed, got 0")
    players = []
    for number, (keys, played) in enumerate(_components(games), 1):
        rated = _rate(played, number, rng, level, replicates)
        players += [
            Player(name, ROLES[role], *one) for (role, name), one in zip(keys, rated, strict=True)
        ]
    return sorted(players, key=_rank)


def _components(games: list[GameResult]) -> Iterator[tuple[list[tuple[int, str]], Played]]:
    """Yield the keys of the players that are connected by games, and their games."""
    keys = sorted({key for game in games for key in game.keys})
    number = {key: i for i, key in enumerate(keys)}
    ends_R2 = np.array([[number[key] for key in game.keys] for game in games])
    _, component_P = connected_components(graph_of(ends_R2, len(keys)), directed=False)
    for component in range(component_P.max() + 1):
        members = np.flatnonzero(component_P == component)
        rows = np.flatnonzero(component_P[ends_R2[:, 0]] == component)
        local_R2 = np.searchsorted(members, ends_R2[rows])
        played = Played.of([games[i] for i in rows], local_R2, members.size)
        yield [keys[member] for member in members], played


def _rank(player: Player) -> tuple[int, int, float, str]:
    best_first = -(player.rating.value or 0.0)
    return player.component, ROLES.index(player.role), best_first, player.player


def _rate(
    played: Played, component: int, rng: np.random.Generator, level: float, replicates: int
) -> list[tuple]:
    """(rating, games, component, note) of each player of a component."""
    top_P, bottom_P = played.never_beaten()
    bounded = not (top_P.any() or bottom_P.any())
    prior = 0.0 if bounded else DRAW
    note = "" if bounded else "no finite fit: one drawn game was added to each pairing"

    def fit(wins_2BU: np.ndarray) -> np.ndarray:
        wins_BE, losses_BE = played.by_pairing(wins_2BU) + prior
        return POINTS * fit_strengths(played.pairs, wins_BE, losses_BE, played.count)

    rating_P = fit(played.wins.T[:, None])[0]
    free = played.clusters - (played.count - 1)
    ratings_P = [Estimate.point(MEAN_RATING + float(r)) for r in rating_P]
    if free > 0.0 and played.clusters > 1.0:
        moves_BP = (
            np.concatenate(
                [fit(played.resample(rng, rows)) for rows in _portions(played, replicates)]
            )
            - rating_P
        )
        scale = math.sqrt((played.clusters + 1.0) / free) * student_stretch(level, free)
        ratings_P = [
            _rating(r, r + scale * m, top, bottom, level)
            for r, m, top, bottom in zip(rating_P, moves_BP.T, top_P, bottom_P, strict=True)
        ]
    else:
        note = "; ".join(filter(None, [note, "no interval: too few independent games"]))
    return [
        (rating, float(n), component, note)
        for rating, n in zip(ratings_P, played.games, strict=True)
    ]


def _rating(value: float, moved_B: np.ndarray, top: bool, bottom: bool, level: float) -> Estimate:
    """A rating; no upper end if the player never lost, no lower end if it never won."""
    found = percentile_estimate(value, moved_B, level)
    low = None if bottom or found.low is None else MEAN_RATING + found.low
    high = None if top or found.high is None else MEAN_RATING + found.high
    return Estimate(MEAN_RATING + float(value), low, high)


def _portions(played: Played, replicates: int) -> list[int]:
    """Numbers of refits that fit into memory together; they add up to `replicates`."""
    rows = max(1, NUMBERS_AT_ONCE // max(2 * played.pairing.size, played.count**2))
    return [min(rows, replicates - start) for start in range(0, replicates, rows)]
