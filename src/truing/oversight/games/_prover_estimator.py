"""Prover-estimator debate about an argument with a flaw that neither side can find."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from truing.arguments import Within
from truing.oversight.games._game import GameValues, Outcome, PlayGame, Watcher, game

MOST = 20  # largest argument: 2^20 subclaims


@game("prover-estimator")
def prover_estimator(
    doublings: Annotated[int, Within(f"[1, {MOST}]")] = 10,
    weight: Annotated[float, Within("(0, 1000]")] = 1.0,
    true_share: Annotated[float, Within("[0, 0.5)")] = 0.4,
) -> PlayGame:
    """An estimator rates subclaims, so no side has to find the flaw (Brown-Cohen et al. 2025).

    A prover divides a false claim into q subclaims. The estimator knows that the claim is false,
    and states a probability for each subclaim. The prover challenges one estimate as too low or too
    high, and gains the difference between the subclaim's truth and its estimate. The judge draws a
    truth value for each subclaim from its estimate, and accepts the claim if they prove it.

    Two kinds of arguments are compared. In an *obfuscated* argument all subclaims are needed, one
    is false, and neither side knows which. In a *stable* argument a majority of the subclaims is
    needed, and a share of them is true.

    - `plain_debate`: an opponent must name the flaw of the obfuscated argument: it wins with
      probability 1/q, so the false claim is accepted with probability 1 - 1/q.
    - `calibrated`: each estimate equals the subclaim's probability to both sides. No challenge
      gains anything on average. The obfuscated claim is accepted with probability (1 - 1/q)^q,
      which approaches 1/e; the stable claim with a probability that falls exponentially.
    - `shaded`: the estimator minimizes the probability of acceptance plus `weight` times the
      prover's gain from its best challenge. With equal estimates p the sum is
      p^q + weight (1 - 1/q - p), and the minimum is at q p^(q-1) = weight. Unequal estimates are
      worse: lowering the other estimates to the lowest lowers acceptance without a larger gain.

    Source: Brown-Cohen, Irving & Piliouras 2025, "Avoiding obfuscation with prover-estimator
    debate" (arXiv 2506.13609), abstract and figure 1. The paper plays the game recursively, bounds
    the computation of both sides, and proves its result for arguments that are stable. This game
    has one division and no bounds on computation. It shows in closed form why stability is assumed,
    and that the estimator need not find the flaw.

    Args:
        doublings: arguments of 2, 4, ... 2^doublings subclaims.
        weight: weight of the prover's gain in the estimator's loss.
        true_share: share of true subclaims in the stable argument.
    """

    def play(rng: object, watch: Watcher) -> Outcome:
        sizes = [2**i for i in range(1, doublings + 1)]
        values = _values(sizes, weight, true_share)
        watch("sizes", len(sizes), len(sizes))
        return Outcome(values, notes=NOTES)

    return play


def _values(sizes: Sequence[int], weight: float, true_share: float) -> GameValues:
    """Values in arguments of each number of subclaims."""
    shaded = {size: shade(size, weight) for size in sizes}
    return {
        "accepted": {
            "plain_debate": {str(q): 1 - 1 / q for q in sizes},
            "calibrated": {str(q): (1 - 1 / q) ** q for q in sizes},
            "shaded": {str(q): p**q for q, p in shaded.items()},
            "calibrated_stable": {str(q): accept_majority(q, true_share) for q in sizes},
        },
        "prover_gain": {
            "calibrated": {str(q): 0.0 for q in sizes},
            "shaded": {str(q): 1 - 1 / q - p for q, p in shaded.items()},
        },
        "estimate": {
            "calibrated": {str(q): 1 - 1 / q for q in sizes},
            "shaded": {str(q): p for q, p in shaded.items()},
        },
    }


NOTES = (
    "Exact, by number of subclaims. The claim is false, so acceptance is an error. The seed is not "
    "used.",
    "Simulated: a formal game. It does not show that people or models divide claims into stable "
    "arguments.",
)


def shade(subclaims: int, weight: float) -> float:
    """The equal estimate that minimizes acceptance plus the weighted gain of the best challenge.

    Examples:
        >>> from truing.oversight.games._prover_estimator import shade
        >>> round(shade(1000, 1.0), 5)
        0.99311
    """
    lowest = (weight / subclaims) ** (1 / (subclaims - 1))
    return min(lowest, 1 - 1 / subclaims)


def accept_majority(subclaims: int, share: float) -> float:
    """Probability that more than half of the subclaims are drawn as true."""
    from scipy import stats  # takes half a second

    return float(stats.binom.sf(subclaims // 2, subclaims, share))
