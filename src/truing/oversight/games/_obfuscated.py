"""Obfuscated arguments: a flaw that is there, and that neither side can find."""

from __future__ import annotations

from math import log

import numpy as np

from truing.oversight.games._game import Figures, Game, Outcome, SampledValue, Watcher, game

_LARGEST = 62  # bits of a step's number


@game("obfuscated-arguments")
def obfuscated_arguments(
    cue: float = 0.5, branching: int = 2, rounds: int = 10, debates: int = 10_000
) -> Game:
    """Flaws that nobody can find: honest wins fall with size.

    The dishonest side gives an argument of n = b^d steps, a tree of d rounds with b branches each,
    with one flaw at a step that it does not know itself. The honest side knows that the conclusion
    is false, and challenges one branch a round until one step is left; the judge checks that step
    and upholds the argument unless it is the flaw. All that the honest side has is a cue: in every
    round it recognises the right branch with probability `cue`, else it guesses.

    Source: Barnes & Christiano 2020, "Debate update: Obfuscated arguments problem", who met it in
    debates between people and give no rates; the model of the cue is ours. Brown-Cohen, Irving &
    Piliouras 2025 ("Avoiding obfuscation with prover-estimator debate", arXiv 2506.13609) change
    the protocol so that the honest side need not find the flaw; that is not played here.

    Closed form: a round goes right with probability p = cue + (1 - cue)/b, so the honest side wins
    with p^d = n^(log_b p): 1/n without a cue, always with a perfect one. A judge who sees as many
    sound arguments as flawed ones, and upholds what is not refuted, is right with (1 + p^d)/2.

    Controls: the honest side knows the step (an argument that is long but not obfuscated), and the
    honest side guesses.

    Args:
        cue: probability that a round shows which branch holds the flaw, 0 to 1.
        branching: b, branches of each claim.
        rounds: the most rounds d; arguments of 1, 2, ... d rounds are played.
        debates: debates for each size.
    """
    if not 0 <= cue <= 1:
        raise ValueError(f"cue must lie in [0, 1], not {cue}")
    if branching < 2:
        raise ValueError(f"branching must be 2 or more, not {branching}")
    if rounds < 1 or rounds * log(branching, 2) > _LARGEST:
        raise ValueError(f"rounds must be 1 or more, and branching^rounds at most 2^62: {rounds}")
    if not 1 <= debates <= 10**7:
        raise ValueError(f"debates must be from 1 to 10000000, not {debates}")

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
        figures: Figures = {
            **wins_by_size,
            "exact": exact,
            "judge_accuracy": {size: (1 + one) / 2 for size, one in exact.items()},
            "exponent": log(right) / log(branching),
        }
        return Outcome(figures, notes=NOTES)

    return Game(play)


NOTES = (
    "By size of the argument in steps. exact is honest_wins in closed form; it falls as"
    " size^exponent. judge_accuracy is exact: half of the arguments are sound, half flawed.",
    "Simulated: the cue is a model of ours, not a measurement of debaters.",
)


def win_rate(cue: float, branching: int, depth: int) -> float:
    """Probability that the honest side arrives at the flaw: (cue + (1 - cue)/b)^d."""
    return (cue + (1 - cue) / branching) ** depth


def debate(
    cue: float, branching: int, depth: int, debates: int, rng: np.random.Generator
) -> np.ndarray:
    """Plays the recursion from the whole argument down to one step.

    Returns:
        (debates,) whether the step that the judge is shown is the flaw.
    """
    flaw = rng.integers(branching**depth, size=debates)
    at = np.zeros(debates, np.int64)  # first step of the part that is still under challenge
    for size in branching ** np.arange(depth - 1, -1, -1, dtype=np.int64):
        inside = (flaw - at) // size  # the flawed branch, where the flaw is in this part at all
        shown = (rng.random(debates) < cue) & (inside >= 0) & (inside < branching)
        branch = np.where(shown, inside, rng.integers(branching, size=debates))
        at += branch * size
    return at == flaw
