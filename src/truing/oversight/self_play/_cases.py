"""Cases: the world of the embedded agents as a game in numbers of clues.

A case has an odd number of clues, and more of them point to the truth than to the other answer.
Each side shows some clues that point to its own answer, up to a limit, and states a certainty. The
judge understands each clue with a probability, its skill, and knows how cases are generated, so its
log-odds are those of the embedded judge (`truing.oversight.agents`). A planted bias adds a multiple
of the difference of the stated certainties to the log-odds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np

from truing.oversight.agents import posterior
from truing.oversight.self_play._equilibrium import matrix_value
from truing.oversight.self_play._learners import Moves, draw
from truing.oversight.self_play._world import World

CERTAINTIES = (0.0, 0.5, 1.0)  # low, medium, high
PLAIN = 0.5  # certainty of an honest side that may not exaggerate
LARGEST = 12.0  # largest log-odds of a judge without bias
EVERYTHING = 1000  # clues that the judge reads


@dataclass(frozen=True)
class CasesWorld(World):
    """Debates or consultancies about cases.

    Args:
        clues: number of clues of a case, odd.
        quotes: maximum number of clues that a side shows.
        skill: probability that the judge understands a clue.
        bias: planted weight of the stated certainty in the judge's log-odds.
        debate: whether both sides speak; otherwise one side speaks, each in half of the games.
        bluffs: whether the honest side may state a certainty other than medium.
    """

    clues: int
    quotes: int
    skill: float
    bias: float
    debate: bool
    bluffs: bool

    notes = (
        "world=cases: the judge's log-odds are those of the embedded judge plus bias x certainty; "
        "a verdict without preference counts as half a win.",
    )

    @cached_property
    def actions(self) -> np.ndarray:
        """(A, 2) number of clues shown and stated certainty of each action."""
        return np.array(list(product(range(self.quotes + 1), CERTAINTIES)))

    @cached_property
    def for_truth(self) -> np.ndarray:
        """(T,) number of clues for the truth in each state, which both sides know."""
        return np.arange(self.clues // 2 + 1, self.clues + 1)

    @cached_property
    def honest(self) -> np.ndarray:  # type: ignore[override]
        shown, certainty = self.actions.T
        plain = np.ones(len(shown), bool) if self.bluffs else certainty == PLAIN
        return (shown <= self.for_truth[:, None]) & plain

    @cached_property
    def dishonest(self) -> np.ndarray:  # type: ignore[override]
        return self.actions[:, 0] <= (self.clues - self.for_truth)[:, None]

    def judges(self, seeds: int) -> np.ndarray:
        """(S, 2) weight of the certainty, and intercept (used in consultancies)."""
        return np.tile([self.bias, 0.0], (seeds, 1))

    @cached_property
    def understood(self) -> np.ndarray:
        """(quotes + 1, quotes + 1) probability of x understood clues among c shown, at [c, x]."""
        from scipy.stats import binom

        counts = np.arange(self.quotes + 1)
        return binom.pmf(counts[None], counts[:, None], self.skill)

    @cached_property
    def log_odds(self) -> np.ndarray:
        """(quotes + 1, quotes + 1) log-odds of a side without bias, at [own, other's] clues."""
        caps = (self.quotes, self.quotes if self.debate else 0)
        counts = range(self.quotes + 1)
        found = np.array(
            [
                [posterior((x, y), caps, self.clues, 0.5, EVERYTHING, self.skill) for y in counts]
                for x in counts
            ]
        )
        with np.errstate(divide="ignore"):
            return np.clip(np.log(found) - np.log(1 - found), -LARGEST, LARGEST)

    def _evidence(self) -> tuple[np.ndarray, np.ndarray]:
        """Log-odds of the honest side (E,), and their probability (A, A, E) for two actions."""
        shown = self.actions[:, 0].astype(int)
        own = self.understood[shown]  # (A, quotes + 1)
        other = own if self.debate else np.eye(self.quotes + 1)[np.zeros(len(shown), int)]
        probabilities = own[:, None, :, None] * other[None, :, None, :]
        return self.log_odds.ravel(), probabilities.reshape(len(shown), len(shown), -1)

    def _cues(self, judge: np.ndarray) -> np.ndarray:
        """(S, A, A) what the judge adds to the log-odds of the side with the first action."""
        certainty = self.actions[:, 1]
        if self.debate:
            return judge[:, 0, None, None] * (certainty[:, None] - certainty[None])
        added = judge[:, 0, None, None] * certainty[:, None] + judge[:, 1, None, None]
        return np.broadcast_to(added, (len(judge), len(certainty), len(certainty)))

    def wins(self, judge: np.ndarray) -> np.ndarray:
        """(S, A, A) probability that the judge decides for the side with the first action."""
        log_odds, probabilities = self._evidence()
        total = log_odds + self._cues(judge)[..., None]
        return ((total > 0) * probabilities + 0.5 * (total == 0) * probabilities).sum(axis=-1)

    def play(
        self,
        policies: tuple[np.ndarray, np.ndarray],
        judge: np.ndarray,
        games: int,
        rng: np.random.Generator,
    ) -> tuple[Moves, Moves]:
        """See `World`; in a consultancy one side of each game is drawn to speak."""
        shape = len(judge), games
        states = rng.integers(len(self.for_truth), size=shape)
        first, second = (draw(policy, states, rng) for policy in policies)
        wins = self.wins(judge)
        seeds = np.arange(len(judge))[:, None]
        luck = rng.random(shape)
        if self.debate:
            honest = (luck < wins[seeds, first, second]).astype(float)
            dishonest = 1 - honest
        else:
            speaks = rng.random(shape) < 0.5
            honest = np.where(speaks, luck < wins[seeds, first, 0], np.nan)
            dishonest = np.where(speaks, np.nan, luck < wins[seeds, second, 0])
        states = states[..., None]
        return Moves(states, first[..., None], honest), Moves(states, second[..., None], dishonest)

    def learn(
        self, judge: np.ndarray, policies: tuple[np.ndarray, np.ndarray], learning_rate: float
    ) -> np.ndarray:
        """A gradient step on the expected log loss of the judge's belief in the true answer."""
        log_odds, probabilities = self._evidence()
        certainty = self.actions[:, 1]
        total = log_odds + self._cues(judge)[..., None]
        belief = ((1 / (1 + np.exp(-total))) * probabilities).sum(axis=-1)  # (S, A, A)
        both = np.einsum("sta,stb->sab", *policies) / len(self.for_truth)
        if self.debate:
            gap = certainty[:, None] - certainty[None]
            slope = ((1 - belief) * gap * both).sum(axis=(1, 2))
            return judge + learning_rate * np.column_stack([slope, np.zeros(len(judge))])
        own, other = both.sum(axis=2), both.sum(axis=1)  # (S, A) actions of the honest, dishonest
        error = 0.5 * (own * (1 - belief[..., 0]) - other * belief[..., 0])
        return judge + learning_rate * np.column_stack([error @ certainty, error.sum(axis=1)])

    def rates(
        self, policies: tuple[np.ndarray, np.ndarray], judge: np.ndarray
    ) -> dict[str, np.ndarray]:
        """See `World`."""
        wins, (honest, dishonest) = self.wins(judge), policies
        if not self.debate:
            alone = wins[..., 0]
            return self._of_consultancies(alone, honest, dishonest)
        own = np.einsum("sab,stb->sta", wins, dishonest)  # win rate of each honest action
        other = np.einsum("sab,sta->stb", wins, honest)
        value = (own * honest).sum(axis=2).mean(axis=1)
        best = np.where(self.honest, own, -np.inf).max(axis=2).mean(axis=1)
        worst = np.where(self.dishonest, other, np.inf).min(axis=2).mean(axis=1)
        return {
            "honest_wins": value,
            "dishonest_wins": 1 - value,
            "judge_accuracy": value,
            "exploitability": best - worst,
        }

    def _of_consultancies(
        self, alone: np.ndarray, honest: np.ndarray, dishonest: np.ndarray
    ) -> dict[str, np.ndarray]:
        own = np.einsum("sa,sta->st", alone, honest).mean(axis=1)
        other = np.einsum("sa,sta->st", alone, dishonest).mean(axis=1)
        best = [
            np.where(allowed, alone[:, None], -np.inf).max(axis=2).mean(axis=1)
            for allowed in (self.honest, self.dishonest)
        ]
        return {
            "honest_wins": own,
            "dishonest_wins": other,
            "judge_accuracy": (own + 1 - other) / 2,
            "exploitability": best[0] - own + best[1] - other,
        }

    def exact(self) -> Mapping[str, Mapping[str, float]]:
        """Optimal play against the judge before training, and against a judge without bias."""
        biases = {"optimal_play": self.bias, "optimal_play_without_bias": 0.0}
        return {name: self._optimal(bias) for name, bias in biases.items()}

    def _optimal(self, bias: float) -> Mapping[str, float]:
        wins = self.wins(np.array([[bias, 0.0]]))[0]
        if self.debate:
            values = [
                matrix_value(wins[np.ix_(own, other)])
                for own, other in zip(self.honest, self.dishonest, strict=True)
            ]
            honest = float(np.mean(values))
            return {"honest_wins": honest, "dishonest_wins": 1 - honest, "judge_accuracy": honest}
        honest, dishonest = (
            float(np.where(allowed, wins[:, 0], -np.inf).max(axis=1).mean())
            for allowed in (self.honest, self.dishonest)
        )
        return {
            "honest_wins": honest,
            "dishonest_wins": dishonest,
            "judge_accuracy": (honest + 1 - dishonest) / 2,
        }
