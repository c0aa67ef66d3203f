"""Reading: a judge's belief after it read clues, by Bayes' rule, and its expected accuracy.

A judge reads a random sample of the visible clues, up to its budget. It understands each of them
with a probability, its skill. It knows how cases are generated (the number of clues that point to
the guilty person is uniform over all majorities), how often rumors are correct, and how many clues
each side could show. Its belief is the posterior, so the judge is weak but calibrated.
"""

from __future__ import annotations

from functools import lru_cache
from math import comb

Caps = tuple[int, int]
"""Maximum number of clues that can be shown for each of the two answers."""


@lru_cache(maxsize=4096)
def posterior(seen: Caps, caps: Caps, clues: int, prior: float, budget: int, skill: float) -> float:
    """Probability that the first answer is correct, given the clues that were understood.

    Args:
        seen: number of clues understood for the first and for the second answer.
        caps: maximum number of clues that can be shown for each.
        clues: number of clues in the hidden text.
        prior: probability of the first answer before any clue, by the rumor.
        budget: maximum number of clues that are read.
        skill: probability of understanding a clue that is read.
    """
    first = second = 0.0
    for count in range(clues + 1):
        shown = min(count, caps[0]), min(clues - count, caps[1])
        likely = likelihood(seen, shown, budget, skill)
        if count > clues // 2:
            first += prior * likely
        else:
            second += (1 - prior) * likely
    return first / (first + second) if first + second else prior


def expected_accuracy(
    caps: Caps, clues: int, rumor: float, budget: int, skill: float
) -> tuple[float, float]:
    """Accuracy of a judge if the first answer is correct, and if the second answer is correct.

    A belief of exactly one half is wrong. With `caps` (3, 0) the first value is the accuracy in a
    consultancy for the truth, and the second value in a consultancy for a falsehood.

    Args:
        caps: maximum number of clues that can be shown for the first and for the second answer.
        clues: number of clues in the hidden text.
        rumor: probability that the rumor is correct.
        budget, skill: arguments of the judge.
    """
    right = [0.0, 0.0]
    majority = range(clues // 2 + 1, clues + 1)
    for truth in (0, 1):
        for for_truth in majority:
            count = for_truth if truth == 0 else clues - for_truth
            shown = min(count, caps[0]), min(clues - count, caps[1])
            for named, weight in ((truth, rumor), (1 - truth, 1 - rumor)):
                prior = rumor if named == 0 else 1 - rumor
                for x in range(shown[0] + 1):
                    for y in range(shown[1] + 1):
                        chance = likelihood((x, y), shown, budget, skill)
                        belief = posterior((x, y), caps, clues, prior, budget, skill)
                        hit = belief > 0.5 if truth == 0 else belief < 0.5
                        right[truth] += hit * chance * weight / len(majority)
    return right[0], right[1]


@lru_cache(maxsize=65536)
def likelihood(seen: Caps, shown: Caps, budget: int, skill: float) -> float:
    """Probability of understanding `seen` clues of each kind among the clues shown."""
    read = min(budget, sum(shown))
    total = 0.0
    for first in range(max(seen[0], read - shown[1]), min(shown[0], read - seen[1]) + 1):
        drawn = comb(shown[0], first) * comb(shown[1], read - first) / comb(sum(shown), read)
        total += drawn * _binomial(seen[0], first, skill) * _binomial(seen[1], read - first, skill)
    return total


def _binomial(successes: int, trials: int, chance: float) -> float:
    if successes > trials:
        return 0.0
    return comb(trials, successes) * chance**successes * (1 - chance) ** (trials - successes)
