"""Bisection debate: a long computation is judged by checking one of its steps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

import numpy as np

from truing.arguments import Within
from truing.oversight.games._game import GameValues, Outcome, PlayGame, SampledValue, Watcher, game

STRATEGIES = ("consistent", "random", "wavering", "mimic")
Caught = dict[str, dict[str, SampledValue]]
"""Share of lies that are caught, by strategy and the seat of the liar."""
_CELLS = 2_000_000  # steps per batch of random checks (about 100 MB)


@game("bisection-debate")
def bisection_debate(
    steps: Annotated[int, Within("[1, 16777216]")] = 1_000_000,
    debates: Annotated[int, Within("[1, 1000000]")] = 1_000,
    checks: Annotated[int, Within("[1, 16777216]")] = 1_000,
) -> PlayGame:
    """Detect a lie about a long computation by checking one step (Canetti et al. 2011).

    Two debaters each claim the state after T steps of a computation. While their claims differ,
    both name the state half-way between the last point where they agree and the first point where
    they differ. After ceil(log2 T) rounds they agree before a step and differ after it, and the
    verifier computes only that step. A lie is always detected, independently of the answers in
    between.

    Source: refereed delegation of computation (Canetti, Riva & Rothblum 2011; the refereed games
    of Feige & Kilian 1997). Brown-Cohen, Irving & Piliouras 2023, "Scalable AI safety via
    doubly-efficient debate", prove an analogous theorem for computations that consult human
    judgement: the verifier asks for O(1) judgements for any number of steps, and the honest debater
    needs O(T log T) steps. By the theorem a lie is detected with probability 1, which this game
    reproduces. It does not include their protocols for stochastic computations.

    Liars: `consistent` makes an error at one step and continues correctly from there; `random`
    invents every answer; `wavering` gives the true answer or an invented answer with probability
    one half each; `mimic` agrees with the honest side wherever possible and differs only in the
    final claim. Each liar plays the first seat (which makes the claim) and the second seat (which
    disputes a true claim).

    Control: the verifier checks q random steps of a trace with one false step, without a debate. It
    finds the step with probability exactly q/T.

    Args:
        steps: T, number of steps of the computation.
        debates: number of debates per strategy and seat, and of traces for the random checks.
        checks: q, number of random steps that the control checks in each trace; with fewer steps,
            all steps.
    """
    checked = min(checks, steps)

    def play(rng: np.random.Generator, watch: Watcher) -> Outcome:
        computation = Computation.draw(rng, steps)
        caught: Caught = {}
        rounds = done = 0
        for strategy in STRATEGIES:
            for seat in ("first", "second"):
                liar = make_liar(strategy, computation, debates, rng)
                found, needed = bisect(computation, liar, debates, liar_first=seat == "first")
                caught.setdefault(strategy, {})[seat] = SampledValue.share(
                    int(found.sum()), debates
                )
                rounds, done = max(rounds, needed), done + 1
                watch("debates", done, 2 * len(STRATEGIES))
        hits = check_at_random(computation, debates, checked, rng, watch)
        return Outcome(_values(caught, rounds, hits, steps, debates, checked), notes=NOTES)

    return play


NOTES = (
    "caught.first: share of false claims that are rejected. caught.second: share of true claims"
    " that are accepted although the liar disputes them; honest_accepted pools these.",
    "Intervals are by Clopper and Pearson. The detection of a lie is deterministic.",
)


@dataclass(frozen=True)
class Computation:
    """T steps of a keyed multiply-and-add on 64 bits: state[t+1] = a[t] state[t] + b[t] mod 2^64.

    Every step has a separate odd multiplier and addend, mixed from an input, so no step can be
    predicted from another. Because steps are affine, running products compute whole true and false
    traces; the debate itself does not use this property.

    Attributes:
        a, b: (T,) multipliers, all odd, and addends.
        states: (T + 1,) the true trace.
        scale: (T + 1,) product of the first t multipliers: a difference d of two states after step
            s becomes d scale[t] / scale[s] by step t, and is never 0 because scale is odd.
    """

    a: np.ndarray
    b: np.ndarray
    states: np.ndarray
    scale: np.ndarray

    @classmethod
    def draw(cls, rng: np.random.Generator, steps: int) -> Computation:
        """A computation with random inputs and a random first state."""
        inputs = rng.integers(2**64, size=steps, dtype=np.uint64)
        a, b = mix(inputs) | np.uint64(1), mix(~inputs)
        scale = np.concatenate([np.ones(1, np.uint64), np.multiply.accumulate(a)])
        start = rng.integers(2**64, dtype=np.uint64)
        unscaled = np.concatenate([[start], b * inverse(scale[1:])])
        return cls(a, b, scale * np.add.accumulate(unscaled), scale)

    def step(self, t: np.ndarray, state: np.ndarray) -> np.ndarray:
        """State after step t (from 0) from the state before it; the verifier computes this."""
        return self.a[t] * state + self.b[t]

    def carried(self, difference: np.ndarray, since: np.ndarray, t: np.ndarray) -> np.ndarray:
        """Value at step t of a difference that arose at step `since`; 0 before `since`."""
        become = difference * self.scale[t] * inverse(self.scale[since])
        return np.where(t >= since, become, np.uint64(0))


def mix(words: np.ndarray) -> np.ndarray:
    """A bijection of 64-bit words whose output looks random (Stafford 2011, variant 13)."""
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return words ^ (words >> np.uint64(31))


def inverse(odd: np.ndarray) -> np.ndarray:
    """Inverses of odd numbers modulo 2^64: Newton's iteration doubles the right bits, from 3."""
    found = odd
    for _ in range(5):
        found = found * (np.uint64(2) - odd * found)
    return found


Liar = Callable[[np.ndarray], np.ndarray]
"""(debates,) points in the trace -> (debates,) differences from the true states there."""


def make_liar(
    strategy: str, computation: Computation, debates: int, rng: np.random.Generator
) -> Liar:
    """Liars of all debates: the final claim is false, other answers follow the strategy."""
    steps = computation.a.size

    def made_up(size: int = debates) -> np.ndarray:
        return rng.integers(1, 2**64, size=size, dtype=np.uint64)  # never 0, so always false

    since, difference = rng.integers(1, steps + 1, size=debates), made_up()

    def wavering(t: np.ndarray) -> np.ndarray:
        lies = (t == steps) | (rng.random(debates) < 0.5)
        return np.where(lies, made_up(), np.uint64(0))

    return {
        "consistent": lambda t: computation.carried(difference, since, t),
        "random": lambda t: made_up(),
        "wavering": wavering,
        "mimic": lambda t: np.where(t == steps, difference, np.uint64(0)),
    }[strategy]


def bisect(
    computation: Computation, liar: Liar, debates: int, liar_first: bool
) -> tuple[np.ndarray, int]:
    """Play all debates. The verifier uses only the debaters' statements and one step.

    Returns:
        (debates,) whether the verdict is against the liar, and the maximum number of rounds.
    """
    agreed, differ = np.zeros(debates, np.int64), np.full(debates, computation.a.size)
    before = np.full(debates, computation.states[0])  # the state that both sides claim at `agreed`
    first, second = _statements(computation, liar, differ, liar_first)
    rounds = 0
    while (open_ := differ - agreed > 1).any():
        middle = np.where(open_, (agreed + differ) // 2, differ)
        ours, theirs = _statements(computation, liar, middle, liar_first)
        same = open_ & (ours == theirs)
        agreed, before = np.where(same, middle, agreed), np.where(same, ours, before)
        moved = open_ & ~same
        differ = np.where(moved, middle, differ)
        first, second = np.where(moved, ours, first), np.where(moved, theirs, second)
        rounds += 1
    after = computation.step(agreed, before)
    liars_claim, honest_claim = (first, second) if liar_first else (second, first)
    return (after == honest_claim) & (after != liars_claim), rounds


def _statements(
    computation: Computation, liar: Liar, t: np.ndarray, liar_first: bool
) -> tuple[np.ndarray, np.ndarray]:
    honest = computation.states[t]
    lied = honest + liar(t)
    return (lied, honest) if liar_first else (honest, lied)


def check_at_random(
    computation: Computation, traces: int, checks: int, rng: np.random.Generator, watch: Watcher
) -> int:
    """Number of traces whose one false step is among `checks` random steps."""
    steps, hits, done = computation.a.size, 0, 0
    while done < traces:
        count = max(1, min(_CELLS // checks, traces - done))
        drawn = [rng.choice(steps, checks, replace=False, shuffle=False) for _ in range(count)]
        t = np.stack(drawn)  # (traces, checks)
        since = rng.integers(1, steps + 1, size=(count, 1))
        difference = rng.integers(1, 2**64, size=(count, 1), dtype=np.uint64)
        before = computation.states[t] + computation.carried(difference, since, t)
        after = computation.states[t + 1] + computation.carried(difference, since, t + 1)
        wrong = after != computation.step(t, before)
        hits, done = hits + int(wrong.any(axis=1).sum()), done + count
        watch("random checks", done, traces)
    return hits


def _values(
    caught: Caught, rounds: int, hits: int, steps: int, debates: int, checks: int
) -> GameValues:
    accepted = sum(round(seats["second"].value * debates) for seats in caught.values())
    return {
        "rounds": {"most": rounds, "exact": (steps - 1).bit_length()},
        "verifier_steps": 1,
        "caught": caught,
        "honest_accepted": SampledValue.share(accepted, debates * len(caught)),
        "random_checks": {
            "q": checks,
            "caught": SampledValue.share(hits, debates),
            "exact": checks / steps,
        },
    }
