"""Learners: tabular policies of one side, trained on the games that they played.

Arrays have the axes S (seeds, which train independently), T (states in which the side moves), A
(actions), G (games of a batch) and M (moves of a side in a game).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np

SLOW = 0.05  # rate at which the baseline of a state follows its win rate
FLOOR = 1e-3  # share of uniform play in the policy of expert iteration, so that no action is lost


@dataclass(frozen=True)
class Moves:
    """The moves of one side in a batch of games.

    Attributes:
        states: (S, G, M) states.
        actions: (S, G, M) actions.
        wins: (S, G) whether the side won; NaN for games in which it had no move.
    """

    states: np.ndarray
    actions: np.ndarray
    wins: np.ndarray


class Learner(ABC):
    """The policy of one side.

    Args:
        allowed: (T, A) whether an action is allowed in a state.
        seeds: number of independent trainings S.
        learning_rate: step size.
    """

    def __init__(self, allowed: np.ndarray, seeds: int, learning_rate: float):
        self.allowed, self.learning_rate = allowed, learning_rate
        uniform = allowed / allowed.sum(axis=1, keepdims=True)
        self.policy = np.repeat(uniform[None], seeds, axis=0)  # (S, T, A) probabilities
        self.average = self.policy.copy()
        self.steps = 1

    def learn(self, moves: Moves) -> None:
        """Update the policy, and the average of the policies so far."""
        self._update(moves)
        self.steps += 1
        self.average += (self.policy - self.average) / self.steps

    @abstractmethod
    def _update(self, moves: Moves) -> None: ...

    def _sums(self, moves: Moves, values: np.ndarray) -> np.ndarray:
        """(S, T, A) sums of values (S, G, M) over the moves."""
        seeds = np.arange(len(values))[:, None, None]
        sums = np.zeros(self.policy.shape)
        np.add.at(sums, (seeds, moves.states, moves.actions), values)
        return sums


class PolicyGradient(Learner):
    """REINFORCE with a baseline for each state (Williams 1992), on softmax policies."""

    def __init__(self, allowed: np.ndarray, seeds: int, learning_rate: float):
        super().__init__(allowed, seeds, learning_rate)
        self.logits = np.where(allowed, 0.0, -np.inf)[None].repeat(seeds, axis=0)
        self.baseline = np.full(self.policy.shape[:2], 0.5)

    def _update(self, moves: Moves) -> None:
        played = ~np.isnan(moves.wins)[..., None]
        seeds = np.arange(len(moves.wins))[:, None, None]
        gains = np.where(played, moves.wins[..., None] - self.baseline[seeds, moves.states], 0.0)
        gains = np.broadcast_to(gains, moves.states.shape)
        counts = self._sums(moves, np.broadcast_to(played, moves.states.shape).astype(float))
        by_action = self._sums(moves, gains)
        by_state = by_action.sum(axis=2)
        visits = np.maximum(counts.sum(axis=2), 1)
        gradient = (by_action - self.policy * by_state[..., None]) / visits[..., None]
        self.logits = np.where(self.allowed, self.logits + self.learning_rate * gradient, -np.inf)
        self.baseline += SLOW * (by_state / visits)
        shifted = np.exp(self.logits - self.logits.max(axis=2, keepdims=True))
        self.policy = shifted / shifted.sum(axis=2, keepdims=True)


class ExpertIteration(Learner):
    """Imitation of the winning games among those that the side played (Anthony et al. 2017).

    The expert is the policy with the knowledge of which of its games were won: in each state the
    policy moves toward the distribution of actions in won games. A search takes this place in the
    paper.
    """

    def _update(self, moves: Moves) -> None:
        won = np.broadcast_to(np.nan_to_num(moves.wins)[..., None], moves.states.shape)
        counts = self._sums(moves, won)
        wins = counts.sum(axis=2, keepdims=True)
        expert = np.divide(counts, wins, out=self.policy.copy(), where=wins > 0)
        policy = self.policy + self.learning_rate * (expert - self.policy)
        uniform = self.allowed / self.allowed.sum(axis=1, keepdims=True)
        self.policy = (1 - FLOOR) * policy + FLOOR * uniform


LEARNERS: dict[str, type[Learner]] = {
    "policy-gradient": PolicyGradient,
    "expert-iteration": ExpertIteration,
}
"""Learners by name."""


def draw(policy: np.ndarray, states: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(S, G) actions drawn from policies (S, T, A) in states (S, G)."""
    probabilities = np.take_along_axis(policy, states[..., None], axis=1).cumsum(axis=2)
    chosen = (probabilities < rng.random(states.shape)[..., None]).sum(axis=2)
    return np.minimum(chosen, policy.shape[2] - 1)
