"""Coverage of the 95% intervals of truing.measures on simulated studies.

Simulates studies with known accuracies (logit-normal seed, item, cluster and seed-by-item effects,
correlated between weak, transfer and ceiling) and counts how often the intervals cover them:

    python benchmarks/coverage.py --studies 400

With `--verdicts` it simulates methods that are exactly as good as naive training, and counts how
often they would be called better or worse: by p < 0.05 alone, and by `decide_verdict`.

With `--shift` it simulates a linear problem under shift (see shift_coverage.py), and counts how
often the intervals of `estimate_shift` cover the true PGRs, drops, mean and worst.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

import numpy as np
from planted_studies import CLUSTER_SHARE, correlated, draw_clusters

from truing.measures import (
    decide_verdict,
    estimate_pgr,
    paired_difference,
    performance_gap_recovered,
)

ACCURACIES = (0.62, 0.76, 0.90)  # weak, transfer, ceiling
# Standard deviations on the logit scale: (seed, item, seed by item).
DOMINANCE = {
    "seed": (0.35, 0.2, 0.2),
    "item": (0.02, 3.0, 0.2),
    "mixed": (0.2, 1.5, 0.7),
    "residual": (0.02, 0.2, 2.0),
}


@dataclass(frozen=True)
class Setting:
    """One point of the grid: the layout of the study, and the sources of its noise."""

    seeds: int
    items: int
    dominance: str
    clustered: bool

    @property
    def label(self) -> str:
        kind = "1-6" if self.clustered else "1"
        return f"S={self.seeds:<3} N={self.items:<4} {self.dominance:<9} clusters of {kind:<3}"


def expected_accuracy(intercept: float, sd: float) -> float:
    """E sigmoid(intercept + sd Z), by Gauss-Hermite quadrature with 80 nodes."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(80)
    return float(weights @ (1.0 / (1.0 + np.exp(-intercept - sd * nodes))) / weights.sum())


@lru_cache
def intercept_for(accuracy: float, sd: float) -> float:
    """The intercept with the given expected accuracy, by bisection."""
    low, high = -40.0, 40.0
    for _ in range(80):
        middle = (low + high) / 2.0
        low, high = (middle, high) if expected_accuracy(middle, sd) < accuracy else (low, middle)
    return low


def plant_study(setting: Setting, rng, accuracies=ACCURACIES):
    """Correctness (3, S, N) of one study and its clusters (N,) or None."""
    seed_sd, item_sd, cell_sd = DOMINANCE[setting.dominance]
    S, N = setting.seeds, setting.items
    clusters = draw_clusters(N, rng) if setting.clustered else None
    # Of an item's variance, four fifths belong to its cluster; likewise of seed by item.
    share = CLUSTER_SHARE if setting.clustered else 0.0
    index = clusters if setting.clustered else np.arange(N)

    def item_effects(*leading: int) -> np.ndarray:
        by_cluster = correlated((*leading, N), rng)[..., index]
        return np.sqrt(share) * by_cluster + np.sqrt(1 - share) * correlated((*leading, N), rng)

    total_sd = float(np.sqrt(seed_sd**2 + item_sd**2 + cell_sd**2))
    intercepts = np.array([intercept_for(a, total_sd) for a in accuracies])
    logits = intercepts[:, None, None] + seed_sd * correlated((S, 1), rng)
    logits = logits + item_sd * item_effects()[:, None, :] + cell_sd * item_effects(S)
    return (rng.random(logits.shape) < 1.0 / (1.0 + np.exp(-logits))).astype(float), clusters


def measure_coverage(setting: Setting, studies: int, replicates: int, baseline: str, seed: int):
    """Fractions of studies: (PGR covered, PGR unbounded, weak accuracy covered)."""
    rng = np.random.default_rng(seed)
    truth = float(performance_gap_recovered(*ACCURACIES))
    covered = unbounded = accuracy_covered = 0
    for _ in range(studies):
        roles, clusters = plant_study(setting, rng)
        found = estimate_pgr(
            *roles, clusters=clusters, baseline=baseline, rng=rng, replicates=replicates
        )
        covered += found.pgr.covers(truth)
        unbounded += not found.pgr.bounded
        accuracy_covered += found.weak.covers(ACCURACIES[0])
    return covered / studies, unbounded / studies, accuracy_covered / studies


def measure_false_verdicts(setting: Setting, studies: int, replicates: int, seed: int):
    """Fractions of null comparisons: (p < 0.05, called better or worse without a restriction).

    Naive and the method are two roles of one study with the same accuracy: they share items and
    correlated seeds, and no method is better.
    """
    rng = np.random.default_rng(seed)
    significant = called = 0
    for _ in range(studies):
        (naive, method, _), clusters = plant_study(setting, rng, (0.76, 0.76, 0.90))
        found = paired_difference(method, naive, clusters=clusters, rng=rng, replicates=replicates)
        significant += found.p < 0.05
        verdict = decide_verdict(found.value, found.p, seeds=setting.seeds)
        called += verdict in ("better", "worse")
    return significant / studies, called / studies


def print_false_verdicts(studies: int, seed: int) -> None:
    """Print one line for each number of seeds, source of noise and kind of cluster."""
    print(f"{'setting, no true difference':<42} {'p < 0.05':>9} {'verdict':>9}")
    for number, cell in enumerate(product((1, 2, 3, 5, 10), (500,), DOMINANCE, (False, True))):
        setting = Setting(*cell)
        shares = measure_false_verdicts(setting, studies, 100, seed + number)
        print(f"{setting.label:<42} {shares[0]:9.3f} {shares[1]:9.3f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--verdicts", action="store_true", help="false verdicts, not coverage")
    parser.add_argument("--shift", action="store_true", help="coverage of PGR under shift")
    parser.add_argument("--studies", type=int, default=400, help="studies per setting")
    parser.add_argument("--replicates", type=int, default=1000, help="bootstrap replicates")
    parser.add_argument("--baseline", choices=("pinned", "paired"), default="pinned")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    started = time.perf_counter()
    if options.verdicts:
        print_false_verdicts(options.studies, options.seed)
        print(f"{options.studies} comparisons per setting, {time.perf_counter() - started:.0f} s")
        return
    if options.shift:
        from shift_coverage import print_shift_coverage

        print_shift_coverage(options.studies, options.replicates, options.baseline, options.seed)
        print(f"{options.studies} studies per setting, {time.perf_counter() - started:.0f} s")
        return
    print(f"{'setting':<42} {'PGR':>6} {'unbounded':>10} {'weak acc.':>10}")
    grid = product((3, 5, 10, 20), (100, 500), DOMINANCE, (False, True))
    for number, cell in enumerate(grid):
        setting = Setting(*cell)
        shares = measure_coverage(
            setting, options.studies, options.replicates, options.baseline, options.seed + number
        )
        print(f"{setting.label:<42} {shares[0]:6.3f} {shares[1]:10.3f} {shares[2]:10.3f}")
    print(f"{options.studies} studies per setting, {time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
