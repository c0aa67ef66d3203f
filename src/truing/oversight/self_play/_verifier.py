"""Verifier: the prover-verifier game with training (Anil et al. 2021).

The prover always wants the answer yes. On inputs with a mark it is the honest side, on the input
without a mark the dishonest side. The verifier is the judge: it answers yes or no to each signal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from truing.oversight.self_play._learners import Moves, draw
from truing.oversight.self_play._world import World

SURE = 20.0  # logit of an answer that is certain


@dataclass(frozen=True)
class VerifierWorld(World):
    """Provers and a verifier.

    Args:
        prior_X: (inputs,) probability of each input; input 0 has no mark.
        sees_XMS: (inputs, messages, signals) probability of each signal.
        answers: (signals,) answers of a verifier that commits first, 1 for yes; None for a verifier
            that starts undecided.
        known: exact values of the game.
    """

    prior_X: np.ndarray
    sees_XMS: np.ndarray
    answers: np.ndarray | None
    known: Mapping[str, Mapping[str, float]]

    notes = (
        "world=prover-verifier: honest wins are accepted inputs with a mark (completeness), "
        "dishonest wins are accepted inputs without one (1 - soundness).",
    )

    @cached_property
    def honest(self) -> np.ndarray:  # type: ignore[override]
        inputs, messages, _ = self.sees_XMS.shape
        return np.ones((inputs - 1, messages), bool)

    @cached_property
    def dishonest(self) -> np.ndarray:  # type: ignore[override]
        return np.ones((1, self.sees_XMS.shape[1]), bool)

    def judges(self, seeds: int) -> np.ndarray:
        """(S, signals) logits of yes."""
        undecided = np.full(self.sees_XMS.shape[2], 0.5)
        answers = undecided if self.answers is None else self.answers
        return np.tile(SURE * (2 * answers - 1), (seeds, 1))

    def _yes(self, judge: np.ndarray) -> np.ndarray:
        """(S, inputs, messages) probability of yes."""
        return np.einsum("xms,ns->nxm", self.sees_XMS, 1 / (1 + np.exp(-judge)))

    def play(
        self,
        policies: tuple[np.ndarray, np.ndarray],
        judge: np.ndarray,
        games: int,
        rng: np.random.Generator,
    ) -> tuple[Moves, Moves]:
        """See `World`; each game has one input, so one of the sides."""
        shape = len(judge), games
        inputs = (rng.random(shape)[..., None] > self.prior_X.cumsum()).sum(axis=2)
        marked = inputs > 0
        states = np.maximum(inputs - 1, 0)
        honest = draw(policies[0], states, rng)
        dishonest = draw(policies[1], np.zeros_like(states), rng)
        yes = self._yes(judge)
        seeds = np.arange(len(judge))[:, None]
        says_yes = rng.random(shape) < yes[seeds, inputs, np.where(marked, honest, dishonest)]
        return (
            Moves(states[..., None], honest[..., None], np.where(marked, says_yes, np.nan)),
            Moves(
                np.zeros_like(states)[..., None],
                dishonest[..., None],
                np.where(marked, np.nan, says_yes),
            ),
        )

    def learn(
        self, judge: np.ndarray, policies: tuple[np.ndarray, np.ndarray], learning_rate: float
    ) -> np.ndarray:
        """A gradient step on the expected accuracy, in the logits of yes."""
        reached = self._joint(policies)  # (S, inputs, signals)
        gain = reached[:, 1:].sum(axis=1) - reached[:, 0]
        yes = 1 / (1 + np.exp(-judge))
        return np.clip(judge + learning_rate * gain * yes * (1 - yes) * 4, -SURE, SURE)

    def _joint(self, policies: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
        """(S, inputs, signals) probability of each input and signal."""
        both = np.concatenate([policies[1], policies[0]], axis=1)  # (S, inputs, messages)
        return np.einsum("x,nxm,xms->nxs", self.prior_X, both, self.sees_XMS)

    def rates(
        self, policies: tuple[np.ndarray, np.ndarray], judge: np.ndarray
    ) -> dict[str, np.ndarray]:
        """See `World`; exploitability includes the verifier's best response."""
        yes = self._yes(judge)
        accepted = np.einsum("nxm,nxm->nx", np.concatenate(policies[::-1], axis=1), yes)
        complete = accepted[:, 1:].mean(axis=1)
        wrong = accepted[:, 0]
        marked = 1 - self.prior_X[0]
        accuracy = marked * complete + (1 - marked) * (1 - wrong)
        most = (yes.max(axis=2) * self.prior_X).sum(axis=1) - accepted @ self.prior_X
        reached = self._joint(policies)
        best = np.maximum(reached[:, 1:].sum(axis=1), reached[:, 0]).sum(axis=1)
        return {
            "honest_wins": complete,
            "dishonest_wins": wrong,
            "judge_accuracy": accuracy,
            "exploitability": most + best - accuracy,
        }

    def exact(self) -> Mapping[str, Mapping[str, float]]:
        """Values of equilibria of the game, by enumeration."""
        return self.known
