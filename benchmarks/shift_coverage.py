"""Coverage under shift: a linear weak-to-strong problem whose accuracies are known exactly.

All features of an item are multiplied by its label, so a linear model is right where its output is
positive. Three features carry the class: their means are HOME, and their noise is Gaussian with
variance 1.

- The weak supervisor sees feature 0 only.
- The student sees features 1 and 2. It is the least-squares fit to weak labels of infinitely many
  items at home. The noise of features 0 and 1 is correlated (ECHO), so errors of the supervisor
  look like class information in feature 1, and the student relies on this feature too much.
- The ceiling is the least-squares fit to the ground truth on features 1 and 2: Bayes at home.

A shift multiplies the class mean of feature 1. Below 1 it lowers the accuracy of the student more
than that of the ceiling, so PGR drops.

Seeds differ in weights on further features. Irrelevant noise features have weights in a random
direction of length RESIDUAL: seeds err on different items. Features that are constant within
a domain have Gaussian weights: a domain as a whole is easier or harder for a seed. With both, the
output of a role is Gaussian over seeds and items, and its accuracy is Phi(mean / sd).

`python benchmarks/coverage.py --shift` prints the coverage of the intervals of `estimate_shift`.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from itertools import count, product, repeat
from typing import Any

import numpy as np
from planted_studies import CLUSTER_SHARE, correlated, draw_clusters
from scipy.special import ndtr
from threadpoolctl import threadpool_limits

from truing.measures import (
    DomainScores,
    Estimate,
    estimate_pgr,
    estimate_shift,
    performance_gap_recovered,
)

HOME = np.array([0.5, 0.6, 1.1])  # class means of the features; their noise has variance 1
ECHO = 0.4  # correlation of the noise of features 0 and 1
RESIDUAL = 0.35  # length of the weights on irrelevant features
IRRELEVANT = 8  # number of irrelevant features
SEED_SD = {"low": 0.03, "high": 0.15}  # of the outputs of a seed in a domain
# Factors on the class mean of feature 1. Home has 1.
TIED = 0.75  # of each domain, if they are equal
DRAWN = (0.4, 1.0)  # range, if domains are drawn from a population
ONE_LOW = (0.4, 1.0)  # of the first domain and of the others, if one is clearly the worst
LAYOUTS = ("single items", "clusters", "shared clusters")
LIMITS = (0.92, 0.98)
FEWEST_DOMAINS = 3  # for an interval of the mean that covers the choice of domains
MEASURED = ("PGR", "drop", "mean", "worst", "accuracy")


@dataclass(frozen=True)
class ShiftSetting:
    """One point of the grid.

    Attributes:
        seeds, domains: numbers of seeds and of domains other than home.
        items: number of test items of each domain and of home.
        seed_noise: `low` or `high`.
        layout: `single items`; `clusters` of 1 to 6 items; or `shared clusters`, whose items are
            split at random between home and the domains.
        kind: `tied`: all domains are equal; `drawn` from a population of domains, again in each
            study; or `one low`.
    """

    seeds: int
    items: int
    domains: int
    seed_noise: str
    layout: str
    kind: str

    @property
    def label(self) -> str:
        return (
            f"S={self.seeds:<2} N={self.items:<3} D={self.domains} {self.kind:<7} "
            f"seed noise {self.seed_noise:<4} {self.layout}"
        )


@cache
def models() -> np.ndarray:
    """(3, 3) weights of weak, transfer and ceiling on the three features, each of length 1."""
    weak_mean, seen = HOME[0], HOME[1:]
    sd = np.sqrt(1.0 + RESIDUAL**2)
    # E[x label] and E[x weak label]; the weak label is 1 where the weak output is positive.
    from_truth = seen
    density = np.exp(-((weak_mean / sd) ** 2) / 2.0) / np.sqrt(2.0 * np.pi) / sd
    from_weak = seen * (2.0 * ndtr(weak_mean / sd) - 1.0) + np.array([ECHO, 0.0]) * 2.0 * density
    second_moments = np.eye(2) + np.outer(seen, seen)
    weights = np.zeros((3, 3))
    weights[0, 0] = 1.0
    weights[1, 1:] = np.linalg.solve(second_moments, from_weak)
    weights[2, 1:] = np.linalg.solve(second_moments, from_truth)
    return weights / np.linalg.norm(weights, axis=1, keepdims=True)


def class_means(factor: float) -> np.ndarray:
    """(3,) class means of the features in a domain; factor 1 is home."""
    return HOME * np.array([1.0, factor, 1.0])


def true_accuracies(factor: float, seed_sd: float) -> np.ndarray:
    """(3,) accuracies of weak, transfer and ceiling in a domain, over seeds and items."""
    means = models() @ class_means(factor)
    return ndtr(means / np.sqrt(1.0 + RESIDUAL**2 + seed_sd**2))


def true_pgr(factor: float, seed_sd: float) -> float:
    """PGR of the true accuracies."""
    return float(performance_gap_recovered(*true_accuracies(factor, seed_sd)))


@cache
def mean_pgr_of_population(seed_sd: float) -> float:
    """Mean true PGR over the population of domains, by Gauss-Legendre quadrature."""
    nodes, weights = np.polynomial.legendre.leggauss(20)
    low, high = DRAWN
    factors = (low + high) / 2.0 + (high - low) / 2.0 * nodes
    return float(weights @ [true_pgr(factor, seed_sd) for factor in factors] / weights.sum())


def plant_shift(
    setting: ShiftSetting, factors: list[float], rng: np.random.Generator
) -> list[DomainScores]:
    """Scores of one study in a domain for each factor, the first of which is home."""
    S, N, D = setting.seeds, setting.items, len(factors)
    seed_sd = SEED_SD[setting.seed_noise]
    clusters = np.arange(N * D) if setting.layout == "single items" else draw_clusters(N * D, rng)
    if setting.layout == "shared clusters":
        rng.shuffle(clusters)
    share = 0.0 if setting.layout == "single items" else CLUSTER_SHARE
    noise_NF = np.sqrt(share) * _noise(N * D, rng)[clusters]
    noise_NF += np.sqrt(1.0 - share) * _noise(N * D, rng)
    # Half of the variance of a seed is common to all domains.
    offsets = correlated((S, 1), rng) + correlated((S, D), rng)  # (3, S, D)
    irrelevant = rng.standard_normal((3, S, IRRELEVANT))
    irrelevant *= RESIDUAL / np.linalg.norm(irrelevant, axis=-1, keepdims=True)
    weights = models()
    scores = []
    for d, factor in enumerate(factors):
        of_domain = slice(d * N, (d + 1) * N)
        features_NF = noise_NF[of_domain, :3] + class_means(factor)
        outputs = (weights @ features_NF.T)[:, None, :]  # (3, 1, N)
        outputs = outputs + irrelevant @ noise_NF[of_domain, 3:].T
        outputs = outputs + seed_sd * np.sqrt(0.5) * offsets[:, :, d, None]
        weak, transfer, ceiling = outputs > 0.0
        scores.append(DomainScores(weak, transfer, ceiling, clusters=clusters[of_domain]))
    return scores


def _noise(items: int, rng: np.random.Generator) -> np.ndarray:
    """(N, F) noise of all features, of which 0 and 1 are correlated."""
    noise = rng.standard_normal((items, 3 + IRRELEVANT))
    noise[:, 1] = ECHO * noise[:, 0] + np.sqrt(1.0 - ECHO**2) * noise[:, 1]
    return noise


def draw_factors(setting: ShiftSetting, rng: np.random.Generator) -> list[float]:
    """Factors of the domains of one study."""
    if setting.kind == "drawn":
        return list(rng.uniform(*DRAWN, size=setting.domains))
    low, other = ONE_LOW if setting.kind == "one low" else (TIED, TIED)
    return [low] + [other] * (setting.domains - 1)


def true_mean(setting: ShiftSetting, true: np.ndarray) -> float:
    """Mean that the interval should cover: of the population if it covers the choice of domains.

    NaN if the domains are no sample of a population.
    """
    if setting.domains < FEWEST_DOMAINS:
        return float(true.mean())
    seed_sd = SEED_SD[setting.seed_noise]
    means = {"drawn": mean_pgr_of_population(seed_sd), "tied": true_pgr(TIED, seed_sd)}
    return means.get(setting.kind, np.nan)


def measure_shift_coverage(
    setting: ShiftSetting, studies: int, replicates: int, baseline: str, seed: int
) -> np.ndarray:
    """(studies, 6) shares of intervals that cover, in the order MEASURED, and of unbounded PGRs."""
    seed_sd = SEED_SD[setting.seed_noise]
    shares = np.empty((studies, len(MEASURED) + 1))
    for study in range(studies):
        rng = np.random.default_rng([seed, study])
        factors = draw_factors(setting, rng)
        home, first, *others = plant_shift(setting, [1.0, *factors], rng)
        options: dict[str, Any] = {"baseline": baseline, "rng": rng, "replicates": replicates}
        found = estimate_shift(home, [first, *others], **options)
        roles = (first.weak, first.transfer, first.ceiling)
        alone = estimate_pgr(*roles, clusters=first.clusters, **options)
        true = np.array([true_pgr(factor, seed_sd) for factor in factors])
        mean = true_mean(setting, true)
        shares[study] = (
            share_covered(found.pgr, true),
            share_covered(found.drops, true_pgr(1.0, seed_sd) - true),
            np.nan if np.isnan(mean) else found.mean.covers(mean),
            found.worst_pgr.covers(true.min()),
            share_covered(
                (alone.weak, alone.transfer, alone.ceiling), true_accuracies(factors[0], seed_sd)
            ),
            np.mean([not one.bounded for one in found.pgr]),
        )
    return shares


def share_covered(estimates: Sequence[Estimate], true: np.ndarray) -> float:
    """Share of intervals that contain the true value."""
    return float(np.mean([one.covers(t) for one, t in zip(estimates, true, strict=True)]))


def grid() -> list[ShiftSetting]:
    """Settings of the table. Layouts and seed noise alternate over the other properties."""
    kinds = [(1, "drawn"), (2, "tied"), *product((3, 6), ("tied", "drawn", "one low"))]
    settings = []
    for number, (S, N, (D, kind)) in enumerate(product((3, 5, 10), (200, 600), kinds)):
        turn, layout = divmod(number, len(LAYOUTS))
        noise = tuple(SEED_SD)[turn % len(SEED_SD)]
        settings.append(ShiftSetting(S, N, D, noise, LAYOUTS[layout], kind))
    return settings


def print_shift_coverage(studies: int, replicates: int, baseline: str, seed: int) -> None:
    """Print one line for each setting, with `*` at coverages outside 92 to 98%, and a summary."""
    print(f"{'setting':<57}" + "".join(f"{name:>10}" for name in (*MEASURED, "unbounded")))
    settings = grid()
    arguments = (settings, repeat(studies), repeat(replicates), repeat(baseline), count(seed))
    shares, errors = [], []
    with ProcessPoolExecutor(initializer=_one_thread) as pool:
        measured = pool.map(measure_shift_coverage, *arguments)
        for setting, counts in zip(settings, measured, strict=True):
            shares.append(counts.mean(axis=0))
            errors.append(counts.std(axis=0) / np.sqrt(studies))
            shown = [_shown(share) for share in shares[-1][:-1]]
            print(f"{setting.label:<57}" + "".join(shown) + f"{shares[-1][-1]:9.3f}", flush=True)
    print_summary(np.array(shares), np.array(errors))


def _shown(share: float) -> str:
    if np.isnan(share):
        return f"{'-':>9} "
    return f"{share:9.3f}" + (" " if LIMITS[0] <= share <= LIMITS[1] else "*")


def print_summary(shares: np.ndarray, errors: np.ndarray) -> None:
    """Print range, mean, number outside the limits and Monte Carlo error of each measure."""
    for name, found, error in zip(MEASURED, shares.T, errors.T, strict=False):
        found, error = found[~np.isnan(found)], error[~np.isnan(found)]
        outside = int(((found < LIMITS[0]) | (found > LIMITS[1])).sum())
        print(
            f"{name:<9} {found.min():.3f} to {found.max():.3f}, mean {found.mean():.3f}, "
            f"{outside} of {found.size} outside {LIMITS[0]} to {LIMITS[1]}, "
            f"Monte Carlo error of a setting {np.median(error):.3f} (largest {error.max():.3f})"
        )


def _one_thread() -> None:
    """One thread of linear algebra in each process: there is a process for each core."""
    threadpool_limits(1)
