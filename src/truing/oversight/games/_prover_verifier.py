"""Prover-verifier game: the order of commitment decides whether answers can be trusted."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Annotated

import numpy as np

from truing.arguments import ShareOrZero, Within
from truing.oversight.games._game import GameValues, Outcome, PlayGame, Published, Watcher, game

SILENT = 0  # the message that points to no place
ABSENT, PRESENT, ERASED = 0, 1, 2
_CLOSE = 1e-9  # tolerance for equal payoffs, which are sums of a few products


@game("prover-verifier")
def prover_verifier(
    places: Annotated[int, Within("[1, 3]")] = 2,
    prior: Annotated[float, Within("(0, 1)")] = 0.5,
    erasure: ShareOrZero = 0.0,
) -> PlayGame:
    """Whether answers can be trusted, by who commits first (Anil et al. 2021).

    The input is a row of places with at most one mark. The correct answer is yes if there is a
    mark. The prover sees the input and always wants the answer yes; it points to one place or stays
    silent. The verifier sees the message, and the place pointed to through an erasure channel, and
    answers. The prover's payoff is the share of yes, the verifier's payoff is its accuracy.
    Completeness is the share of yes among inputs with a mark; soundness is the share of no among
    inputs without a mark. Both are against the prover's best strategy in that order of play.

    Source: Anil, Zhang, Wu & Grosse 2021, "Learning to give checkable answers with prover-verifier
    games" (arXiv 2108.12099). They analyze the order of play: equilibria with a leading verifier
    are complete and sound, the simultaneous game has such equilibria and others, and a leading
    prover cannot be trusted. Their examples are a binary erasure channel and the detection of a
    plus sign in an image (FindThePlus). Their exact channel problem was not available, so this is
    the closest finite game: FindThePlus with a few places and an erasure channel. Its equilibria
    are computed exactly; the paper trains networks.

    Closed forms: a leading verifier's accuracy is 1 - erasure x min(prior, 1 - prior), with mixed
    or pure strategies; with erasure 0 it is complete and sound. A leading prover with mixed
    strategies obtains a share min(1, 2 prior) of yes, and the verifier's accuracy equals that of a
    verifier that ignores the prover, max(prior, 1 - prior): Bayesian persuasion (Kamenica &
    Gentzkow 2011). With pure strategies the prover obtains the same for a prior of at least 1/2;
    below, it cannot hide a part of the false claims among true claims, and its best strategy is
    honest.

    Args:
        places: number of places; few, because all strategies are enumerated.
        prior: probability of a mark, uniform over places.
        erasure: probability that the verifier's observation is erased.
    """
    toy = Toy.make(places, prior, erasure)

    def play(rng: np.random.Generator, watch: Watcher) -> Outcome:
        pure = enumerate_pure(toy)
        return Outcome(
            {
                "verifier_leads": {**pure.verifier_leads(), "mixed": mixed_verifier(toy)},
                "simultaneous": pure.nash(),
                "prover_leads": {**pure.prover_leads(), "mixed": mixed_prover(toy)},
                "ignoring_the_prover": {"accuracy": max(prior, 1 - prior)},
                "closed_form": {
                    "verifier_leads": {"accuracy": 1 - erasure * min(prior, 1 - prior)},
                    "prover_leads": {"yes": min(1, 2 * prior), "accuracy": max(prior, 1 - prior)},
                },
            },
            THEOREM if erasure == 0 else (),
            NOTES,
        )

    return play


_SOURCE = "Anil et al. 2021, theorem: equilibria with a leading verifier are complete and sound"
THEOREM = tuple(
    Published(f"verifier_leads.{score}.{end}", 1.0, _SOURCE)
    for score in ("completeness", "soundness")
    for end in ("lowest", "highest")
)
NOTES = (
    "Exact: pure strategies by enumeration, mixed strategies by linear programs. The seed is not "
    "used.",
    "lowest and highest are over all equilibria; ties are broken in favor of the leader.",
)


@dataclass(frozen=True)
class Toy:
    """The game as arrays. A signal is a (message, observation) pair that the verifier may see.

    Attributes:
        prior_X: (inputs,) probability of each input; input 0 has no mark, input i has a mark in
            place i.
        sees_XMS: (inputs, messages, signals) probability of each signal.
    """

    prior_X: np.ndarray
    sees_XMS: np.ndarray

    @classmethod
    def make(cls, places: int, prior: float, erasure: float) -> Toy:
        """The game with `places` places; observations are erased with probability `erasure`."""
        signals = [(SILENT, ERASED), *product(range(1, places + 1), (ABSENT, PRESENT, ERASED))]
        sees = np.zeros((places + 1, places + 1, len(signals)))
        for x, message in product(range(places + 1), repeat=2):
            look = PRESENT if message != SILENT and message == x else ABSENT
            sees[x, message, signals.index((message, ERASED))] = erasure
            if message == SILENT:
                sees[x, message, 0] = 1.0
            else:
                sees[x, message, signals.index((message, look))] += 1 - erasure
        return cls(np.array([1 - prior, *[prior / places] * places]), sees)

    @property
    def prior(self) -> float:
        """Probability that the correct answer is yes."""
        return float(self.prior_X[1:].sum())

    def scores(self, yes_X: np.ndarray) -> dict[str, np.ndarray]:
        """Completeness, soundness and accuracy from (..., inputs) probabilities of yes."""
        complete = yes_X[..., 1:].mean(axis=-1)  # marks are uniform over places
        sound = 1 - yes_X[..., 0]
        accuracy = self.prior * complete + (1 - self.prior) * sound
        return {"completeness": complete, "soundness": sound, "accuracy": accuracy}


@dataclass(frozen=True)
class Pure:
    """All pairs of pure strategies: V verifiers (yes or no for each signal) and P provers.

    Attributes:
        scores: completeness, soundness and accuracy, each (V, P).
        yes: (V, P) share of yes, the prover's payoff; accuracy is the verifier's payoff.
    """

    scores: dict[str, np.ndarray]
    yes: np.ndarray

    def verifier_leads(self) -> GameValues:
        """The verifier commits and the prover responds optimally: Stackelberg equilibria."""
        answers = self.yes >= self.yes.max(axis=1, keepdims=True) - _CLOSE
        return self._best(answers, self.scores["accuracy"])

    def prover_leads(self) -> GameValues:
        """The prover commits to a message for each input, and the verifier responds optimally."""
        accuracy = self.scores["accuracy"]
        answers = accuracy >= accuracy.max(axis=0, keepdims=True) - _CLOSE
        return self._best(answers, self.yes)

    def best_verifier(self) -> np.ndarray:
        """(signals,) the answers of a leading verifier, 1 for yes."""
        answers = self.yes >= self.yes.max(axis=1, keepdims=True) - _CLOSE
        worst = np.where(answers, self.scores["accuracy"], np.inf).min(axis=1)
        signals = len(self.yes).bit_length() - 1
        return np.array([int(worst.argmax()) >> i & 1 for i in reversed(range(signals))])

    def nash(self) -> GameValues:
        """Simultaneous play: Nash equilibria in pure strategies."""
        accuracy = self.scores["accuracy"]
        stable = self.yes >= self.yes.max(axis=1, keepdims=True) - _CLOSE
        return self._range(stable & (accuracy >= accuracy.max(axis=0, keepdims=True) - _CLOSE))

    def _best(self, answers_VP: np.ndarray, leader_VP: np.ndarray) -> GameValues:
        """Pairs with the leader's highest payoff among the follower's optimal responses."""
        most = leader_VP[answers_VP].max()
        return self._range(answers_VP & (leader_VP >= most - _CLOSE))

    def _range(self, equilibria_VP: np.ndarray) -> GameValues:
        found: dict[str, float | GameValues] = {"equilibria": int(equilibria_VP.sum())}
        for name, scores_VP in self.scores.items():
            among = scores_VP[equilibria_VP]
            found[name] = {"lowest": float(among.min()), "highest": float(among.max())}
        return found


def enumerate_pure(toy: Toy) -> Pure:
    """Scores of every verifier against every prover."""
    inputs, messages, signals = toy.sees_XMS.shape
    verifiers = np.array(list(product((0.0, 1.0), repeat=signals)))  # (V, signals)
    provers = np.array(list(product(range(messages), repeat=inputs)))  # (P, inputs)
    yes_VXM = np.einsum("vs,xms->vxm", verifiers, toy.sees_XMS)
    yes_VPX = yes_VXM[:, np.arange(inputs), provers]
    return Pure(toy.scores(yes_VPX), yes_VPX @ toy.prior_X)


def mixed_verifier(toy: Toy) -> dict[str, float]:
    """Scores of an optimal leading verifier with a mixed strategy, by linear programs.

    The variables are the probability of yes for each signal, and the maximum probability of yes
    for the input without a mark. For inputs with a mark the prover chooses the best message, so
    there is one program for every choice of messages for these inputs, and the best one is used.
    """
    from scipy.optimize import linprog  # takes a fifth of a second

    inputs, messages, signals = toy.sees_XMS.shape
    limits = np.hstack([toy.sees_XMS[0], -np.ones((messages, 1))])  # yes after any message <= most
    lowest, best_yes = np.inf, np.zeros(signals)
    for choice in product(range(messages), repeat=inputs - 1):
        gain = toy.prior_X[1:] @ toy.sees_XMS[np.arange(1, inputs), choice]
        found = linprog(
            [*-gain, toy.prior_X[0]], A_ub=limits, b_ub=np.zeros(messages), bounds=(0, 1)
        )
        if found.fun < lowest - _CLOSE:
            lowest, best_yes = found.fun, found.x[:signals]
    yes_X = (toy.sees_XMS @ best_yes).max(axis=1)
    return {name: float(score) for name, score in toy.scores(yes_X).items()}


def mixed_prover(toy: Toy) -> dict[str, float]:
    """Scores of an optimal leading prover with a mixed strategy, by linear programs.

    For every set of signals that the verifier answers with yes, there is one program in the
    probabilities of message given input: yes is the verifier's optimal answer to a signal if a mark
    is then at least as likely as no mark.
    """
    from scipy.optimize import linprog

    inputs, messages, signals = toy.sees_XMS.shape
    joint = (toy.prior_X[:, None, None] * toy.sees_XMS).reshape(-1, signals)
    sign = np.repeat(np.where(np.arange(inputs) == 0, 1.0, -1.0), messages)
    excess = joint * sign[:, None]  # probability of no mark minus probability of a mark, by signal
    sums = np.kron(np.eye(inputs), np.ones(messages))  # messages of an input sum to 1
    lowest, mixture, answered = np.inf, np.zeros((inputs, messages)), np.zeros(signals, bool)
    for answers in product((False, True), repeat=signals):
        yes = np.array(answers)
        found = linprog(
            -joint[:, yes].sum(axis=1),
            A_ub=excess[:, yes].T if yes.any() else None,
            b_ub=np.zeros(yes.sum()) if yes.any() else None,
            A_eq=sums,
            b_eq=np.ones(inputs),
            bounds=(0, 1),
        )
        if found.success and found.fun < lowest - _CLOSE:
            lowest, mixture, answered = found.fun, found.x.reshape(inputs, messages), yes
    yes_X = np.einsum("xm,xms->x", mixture, toy.sees_XMS[:, :, answered])
    return {"yes": -lowest, **{n: float(score) for n, score in toy.scores(yes_X).items()}}
