"""Game results, summed by pairing and cluster, and their bootstrap replicates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

ROLES = (None, "guard", "adversary")
ROUNDED = 9  # decimals of summed wins: equal games in other rows must have equal sums
SAME_SCORE = 1e-9


@dataclass(frozen=True)
class GameResult:
    """Result of one or more games between two players.

    Attributes:
        first, second: names of the players.
        score: mean score of `first`, 0..1. A win counts 1, a draw 0.5.
        games: number of games that this result summarizes, above 0. It need not be whole.
        cluster: name of what these games share with other games, such as a question. None if the
            games are independent.
        roles: (None, None), or ("guard", "adversary"): `first` plays as guard and `second` as
            adversary. A player that plays both roles has one rating per role.

    Raises:
        ValueError: the score is outside 0..1, the number of games is not above 0, the roles are
            unknown, or a player plays against itself.
    """

    first: str
    second: str
    score: float
    games: float = 1.0
    cluster: str | None = None
    roles: tuple[str | None, str | None] = (None, None)

    def __post_init__(self) -> None:
        if not 0.0 <= self.score <= 1.0:
            raise ValueError(f"score must be from 0 to 1, got {self.score!r}")
        if not 0.0 < self.games < 1e15:
            raise ValueError(f"games must be above 0 and below 1e15, got {self.games!r}")
        if self.roles not in ((None, None), ("guard", "adversary")):
            raise ValueError(f"roles must be none, or guard and adversary, got {self.roles!r}")
        if self.keys[0] == self.keys[1]:
            raise ValueError(f"{self.first!r} plays against itself; a game needs two players")

    @property
    def keys(self) -> tuple[tuple[int, str], tuple[int, str]]:
        """(role number, name) of both players. Each such pair has a separate rating."""
        first, second = (ROLES.index(role) for role in self.roles)
        return (first, self.first), (second, self.second)


@dataclass(frozen=True)
class Played:
    """Summed games of one connected component of players.

    The sums do not depend on how the games were divided into rows.

    Attributes:
        pairs: (E, 2) numbers 0..count-1 of the two players of each pairing, lower number first.
        pairing: (U,) pairing of each unit. A unit is the games of one pairing in one cluster, or
            all games of one pairing without a cluster.
        wins: (U, 2) games of each unit won by each of the two players. A draw counts as half a win
            for both.
        cluster: (U,) number of each unit's cluster; -1 for games without a cluster.
        count: number of players P.
    """

    pairs: np.ndarray
    pairing: np.ndarray
    wins: np.ndarray
    cluster: np.ndarray
    count: int

    @classmethod
    def of(cls, games: Sequence[GameResult], ends_R2: np.ndarray, count: int) -> Played:
        """Sum game results by pairing and cluster.

        Args:
            games: R results.
            ends_R2: (R, 2) numbers of the two players of each result.
            count: number of players P.
        """
        pairs_E2, pairing_R = np.unique(np.sort(ends_R2, axis=1), axis=0, return_inverse=True)
        named = sorted({game.cluster for game in games if game.cluster is not None})
        number: dict[str | None, int] = {name: i for i, name in enumerate(named)}
        number[None] = -1
        cluster_R = np.array([number[game.cluster] for game in games])
        units_U2, unit_R = np.unique(
            np.stack([pairing_R.ravel(), cluster_R], axis=1), axis=0, return_inverse=True
        )
        won_R = np.array([game.score for game in games])
        games_R = np.array([game.games for game in games])
        won_R = np.where(ends_R2[:, 0] == pairs_E2[pairing_R.ravel(), 0], won_R, 1.0 - won_R)
        sums = [np.bincount(unit_R.ravel(), games_R * one) for one in (won_R, 1.0 - won_R)]
        wins_U2 = np.round(np.stack(sums, axis=1), ROUNDED)
        return cls(pairs_E2, units_U2[:, 0], wins_U2, units_U2[:, 1], count)

    @property
    def clusters(self) -> float:
        """Number of independent units: named clusters plus games without a cluster."""
        return np.unique(self.cluster[self.cluster >= 0]).size + self.wins[self.cluster < 0].sum()

    @property
    def games(self) -> np.ndarray:
        """(P,) number of games of each player."""
        played_E = self.by_pairing(self.wins.T[:, None]).sum(axis=(0, 1))
        return np.bincount(self.pairs.ravel(), np.repeat(played_E, 2), minlength=self.count)

    def by_pairing(self, wins_2BU: np.ndarray) -> np.ndarray:
        """(2, B, E) wins of the two players, summed over the units of each pairing."""
        U, E = self.pairing.size, len(self.pairs)
        sums = sparse.csr_array((np.ones(U), (np.arange(U), self.pairing)), shape=(U, E))
        return np.stack([wins_BU @ sums for wins_BU in wins_2BU])

    def resample(self, rng: np.random.Generator, replicates: int) -> np.ndarray:
        """(2, B, U) wins under random weights (Bayesian bootstrap, Rubin 1981).

        The games of one cluster share one exponential weight. Each game without a cluster has its
        own weight. The sum of w such weights is Gamma(w). It is drawn separately for won and for
        lost games, so a draw varies as half a win and half a loss. If all clusters of a pairing
        have the same mean score, reweighting them shows no noise; each cluster then varies as a
        single game with that score, scaled to its number of games.
        """
        clusters = int(self.cluster.max(initial=-1)) + 1
        weight_BC = rng.standard_exponential((replicates, clusters + 1))  # the last is not used
        moved = weight_BC[:, self.cluster] * self.wins.T[:, None]
        single_U2 = np.where((self.cluster < 0)[:, None], self.wins, self._mean_scores)
        apart_U = (self.cluster < 0) | self._agreeing
        scale_U = np.where(self.cluster < 0, 1.0, self.wins.sum(axis=1))[apart_U]
        drawn = [
            rng.standard_gamma(one[apart_U], (replicates, int(apart_U.sum())))
            for one in single_U2.T
        ]
        moved[:, :, apart_U] = np.stack(drawn) * scale_U
        return moved

    @property
    def _mean_scores(self) -> np.ndarray:
        """(U, 2) mean score of each of the two players in each unit."""
        return self.wins / self.wins.sum(axis=1, keepdims=True)

    @property
    def _agreeing(self) -> np.ndarray:
        """(U,) whether the unit is a cluster of a pairing whose clusters have equal mean scores."""
        score_U = self._mean_scores[:, 0]
        agreeing_U = np.zeros(score_U.size, dtype=bool)
        for pairing in range(len(self.pairs)):
            own_U = (self.pairing == pairing) & (self.cluster >= 0)
            agreeing_U[own_U] = own_U.any() and np.ptp(score_U[own_U]) < SAME_SCORE
        return agreeing_U

    def never_beaten(self) -> tuple[np.ndarray, np.ndarray]:
        """Two (P,) bool arrays: players without an upper and without a lower bound.

        Players are grouped into sets in which each player can be reached from each other player by
        wins (strongly connected components). A rating has no upper bound if the set never lost to
        another set, and no lower bound if the set never won against another set. All values are
        False if there is only one set.
        """
        ends_U2 = self.pairs[self.pairing]
        won_U2 = self.wins > 0.0
        beats = np.concatenate([ends_U2[won_U2[:, 0]], ends_U2[won_U2[:, 1]][:, ::-1]])
        graph = graph_of(beats, self.count)
        sets, set_P = connected_components(graph, directed=True, connection="strong")
        if sets == 1:
            return np.zeros(self.count, dtype=bool), np.zeros(self.count, dtype=bool)
        across = set_P[beats[:, 0]] != set_P[beats[:, 1]]
        losing, winning = set_P[beats[across, 1]], set_P[beats[across, 0]]
        return ~np.isin(set_P, losing), ~np.isin(set_P, winning)


def graph_of(ends_R2: np.ndarray, count: int) -> sparse.csr_array:
    """Directed graph (P, P) with players as nodes and results as edges."""
    ones = np.ones(ends_R2.shape[0])
    return sparse.csr_array((ones, (ends_R2[:, 0], ends_R2[:, 1])), shape=(count, count))
