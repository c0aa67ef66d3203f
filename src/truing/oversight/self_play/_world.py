"""World: the rules of a two-sided game before a judge, with exact values."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping

import numpy as np

from truing.oversight.self_play._learners import Moves


class World(ABC):
    """A game between an honest and a dishonest side, decided by a judge.

    Policies are (S, T, A): probabilities of A actions in T states, for S independent trainings. The
    judge is an array (S, ...) of weights, which `learn` updates.

    Attributes:
        honest, dishonest: (T, A) whether an action is allowed in a state, for each side.
        notes: sentences on the world.
    """

    honest: np.ndarray
    dishonest: np.ndarray
    notes: tuple[str, ...] = ()

    @abstractmethod
    def judges(self, seeds: int) -> np.ndarray:
        """Weights of the judge before training, for each seed."""

    @abstractmethod
    def play(
        self,
        policies: tuple[np.ndarray, np.ndarray],
        judge: np.ndarray,
        games: int,
        rng: np.random.Generator,
    ) -> tuple[Moves, Moves]:
        """Moves of the honest and of the dishonest side in a batch of games of each seed."""

    @abstractmethod
    def learn(
        self, judge: np.ndarray, policies: tuple[np.ndarray, np.ndarray], learning_rate: float
    ) -> np.ndarray:
        """Weights of the judge after a step of learning from the true answers."""

    @abstractmethod
    def rates(
        self, policies: tuple[np.ndarray, np.ndarray], judge: np.ndarray
    ) -> dict[str, np.ndarray]:
        """Exact values of the policies, each (S,).

        `honest_wins`, `dishonest_wins` and `judge_accuracy` are shares of games; `exploitability`
        is what both sides together gain by a best response.
        """

    @abstractmethod
    def exact(self) -> Mapping[str, Mapping[str, float]]:
        """Exact values of the game by kind of play, with which trained policies are compared."""
