"""What the release rule leaks: to chance alone, and to researchers who know some labels.

    python benchmarks/release.py [--runs 2000] [--attacks 40]

The first table is the fraction of runs in which random guesses, submitted as predictions, release
at least one step above a baseline of chance accuracy. The second is the attack "lower, then climb"
of `tests/research/attacks.py`, by researchers who know half of 1,263 binary labels: the accuracy of
their last submission on the unknown half, where 0.5 means that they learned nothing. Five colluding
researchers have 4,000 queries, on the one ladder of a referee or on a separate ladder each. A
baseline of 0.25 is the accuracy of the attack's first submission, so this row shows a ladder that
starts at the first submission; 0.75 is the accuracy that the known labels are worth. The last rows
are one researcher and 16 researchers with the default budgets.
"""

from __future__ import annotations

import argparse
import math
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.research.attacks import CHANCE, Query, lower_then_climb
from truing.research import ReleaseRule, count_clusters

ITEMS, QUERIES = 1263, 800
EACH, MANY = 60, 16  # submissions of a researcher, and researchers, with the default budgets
RULE = ReleaseRule()


def wilson(share: float, count: int) -> tuple[float, float]:
    """95% interval of a proportion (Wilson 1927)."""
    z = 1.96
    middle, half = (
        share + z**2 / (2 * count),
        z * math.sqrt(share * (1 - share) / count + z**2 / (4 * count**2)),
    )
    return (middle - half) / (1 + z**2 / count), (middle + half) / (1 + z**2 / count)


def released_by_chance(
    sizes: np.ndarray, queries: int, runs: int, rng: np.random.Generator
) -> tuple[float, float, float]:
    """Fraction of runs in which random guesses release a step, and its 95% interval.

    Args:
        sizes: of the clusters; the items of a cluster share a label and an answer.
    """
    n, found = count_clusters(np.repeat(np.arange(len(sizes)), sizes)), 0
    values, counts = np.unique(sizes, return_counts=True)
    for _ in range(runs):
        right = rng.binomial(counts, CHANCE, size=(queries, len(counts))) @ values
        luckiest = right.max() / sizes.sum() - CHANCE
        found += RULE.release(0.0, luckiest, n).improved
    return (found / runs, *wilson(found / runs, runs))


def print_chance(runs: int) -> None:
    rng = np.random.default_rng(0)
    unequal = np.repeat([1, 19], [1137, 126])  # coefficient of variation 1.9
    for label, sizes in (
        ("539 items (digits)", np.ones(539, int)),
        ("1,263 items", np.ones(ITEMS, int)),
        ("1,263 clusters of 1 or 19", unequal),
    ):
        for queries in (60, 300, QUERIES):
            share, low, high = released_by_chance(sizes, queries, runs, rng)
            print(f"{label:26} {queries:4} guesses: a step in {share:.1%} [{low:.1%}, {high:.1%}]")


def ladder(labels: np.ndarray, baseline: float, released: list[float]) -> Query:
    """Releases as the referee does, and adds each release to a list, as an accuracy."""
    best = 0.0

    def query(answers: np.ndarray) -> float:
        nonlocal best
        gain = float((answers == labels).mean()) - baseline
        best = RULE.release(best, gain, len(labels)).score
        released.append(baseline + best)
        return released[-1]

    return query


def print_climb(baseline: float, ladders: int, queries: int, seeds: int) -> None:
    unknown, steps = [], []
    for seed in range(seeds):
        rng = np.random.default_rng(seed)
        labels, known = rng.integers(2, size=ITEMS), rng.permutation(ITEMS) < ITEMS // 2
        released: list[list[float]] = [[] for _ in range(ladders)]
        boards = [ladder(labels, baseline, one) for one in released]
        answers = lower_then_climb(boards, labels, known, RULE.step_at(ITEMS), queries, rng)
        unknown.append((answers == labels)[~known].mean())
        steps.append(sum(len(set(one)) - 1 for one in released))
    half = 1.96 * np.std(unknown, ddof=1) / math.sqrt(seeds)
    print(
        f"baseline {baseline:.2f}, {ladders} ladder{'s' * (ladders > 1):1} {queries:4} queries: "
        f"unknown half {np.mean(unknown):.3f} +- {half:.3f}, {np.mean(steps):.1f} steps released"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=2000)
    parser.add_argument("--attacks", type=int, default=40)
    given = parser.parse_args()
    print_chance(given.runs)
    for baseline in (0.25, 0.5, 0.65, 0.75):
        print_climb(baseline, 1, QUERIES, given.attacks)
        print_climb(baseline, 1, 5 * QUERIES, given.attacks)
        print_climb(baseline, 5, 5 * QUERIES, given.attacks)
    # The default budgets: 60 submissions each, 1,000 in all.
    print_climb(0.5, 1, EACH, given.attacks)
    print_climb(0.5, 1, MANY * EACH, given.attacks)
    print_climb(0.5, MANY, MANY * EACH, given.attacks)


if __name__ == "__main__":
    main()
