"""Obfuscated arguments: an argument with a flaw that neither side can find."""

from __future__ import annotations

from math import log
from typing import Annotated

import numpy as np

from truing.arguments import ShareOrZero, Within
from truing.oversight.games._game import GameValues, Outcome, PlayGame, SampledValue, Watcher, game

_LARGEST = 62  # maximum number of bits in the index of a step


@game("obfuscated-arguments")
def obfuscated_arguments(
    cue: ShareOrZero = 0.5,
    branching: Annotated[int, Within(f"[2, {2**_LARGEST}]")] = 2,
    rounds: Annotated[int, Within(f"[1, {_LARGEST}]")] = 10,
    debates: Annotated[int, Within("[1, 10000000]")] = 10_000,
) -> PlayGame:
    """How often honesty wins against long obfuscated arguments (Barnes & Christiano 2020).

    The dishonest side gives an argument of n = b^d steps, a tree of d rounds with b branches each.
    One step has a flaw, and the dishonest side does not know which. The honest side knows that the
    conclusion is false, and challenges one branch per round until one step is left. The judge
    checks this step and accepts the argument unless the step has the flaw. The honest side has only
    a cue: in each round it recognizes the flawed branch with probability `cue`, and otherwise
    guesses.

    Source: Barnes & Christiano 2020, "Debate update: Obfuscated arguments problem", who observed
    the problem in debates between people and give no rates; the model of the cue is added here.
    Brown-Cohen, Irving & Piliouras 2025 ("Avoiding obfuscation with prover-estimator debate", arXiv
    2506.13609) change the protocol so that the honest side need not find the flaw: that is the
    game `prover-estimator`.

    Closed form: a round is correct with probability p = cue + (1 - cue)/b, so the honest side wins
    with probability p^d = n^(log_b p): 1/n without a cue, 1 with a perfect cue. A judge who sees
    equally many sound and flawed arguments, and accepts arguments that are not refuted, has
    accuracy (1 + p^d)/2.

    Controls: the honest side knows the step (a long argument without obfuscation), and the honest
    side guesses.

    Args:
        cue: probability that a round reveals the branch with the flaw.
        branching: b, number of branches of each claim.
        rounds: maximum number of rounds d; arguments of 1, 2, ... d rounds are played. b^d may not
            exceed 2^62.
        debates: number of debates per size.
    """
    if branching**rounds > 2**_LARGEST:
        raise ValueError(f"branching^rounds must be at most 2^{_LARGEST}, got {branching}^{rounds}")

    def play(rng: np.random.Generator, watch: Watcher) -> Outcome:
        sides = {"honest_wins": cue, "knowing_the_flaw": 1.0, "guessing": 0.0}
        wins_by_size: dict[str, dict[str, SampledValue]] = {name: {} for name in sides}
        exact: dict[str, float] = {}
        for depth in range(1, rounds + 1):
            size = str(branching**depth)
            for name, strength in sides.items():
                wins = debate(strength, branching, depth, debates, rng)
                wins_by_size[name][size] = SampledValue.share(int(wins.sum()), debates)
            exact[size] = win_rate(cue, branching, depth)
            watch("sizes", depth, rounds)
        right = win_rate(cue, branching, 1)
        values: GameValues = {
            **wins_by_size,
            "exact": exact,
            "judge_accuracy": {size: (1 + one) / 2 for size, one in exact.items()},
            "exponent": log(right) / log(branching),
        }
        return Outcome(values, notes=NOTES)

    return play


NOTES = (
    "Results by size of the argument in steps. exact is the closed form of honest_wins, which is"
    " size^exponent. judge_accuracy is exact: half of the arguments are sound, half are flawed.",
    "Simulated: the cue is a modeling assumption, not a measurement of debaters.",
)


def win_rate(cue: float, branching: int, depth: int) -> float:
    """Probability that the honest side reaches the flaw: (cue + (1 - cue)/b)^d."""
    return (cue + (1 - cue) / branching) ** depth


def debate(
    cue: float, branching: int, depth: int, debates: int, rng: np.random.Generator
) -> np.ndarray:
    """Play the recursion from the whole argument down to one step.

    Returns:
        (debates,) whether the step shown to the judge has the flaw.
    """
    flaw = rng.integers(branching**depth, size=debates)
    at = np.zeros(debates, np.int64)  # first step of the challenged part
    for size in branching ** np.arange(depth - 1, -1, -1, dtype=np.int64):
        inside = (flaw - at) // size  # the flawed branch, if the flaw is in this part
        shown = (rng.random(debates) < cue) & (inside >= 0) & (inside < branching)
        branch = np.where(shown, inside, rng.integers(branching, size=debates))
        at += branch * size
    return at == flaw
