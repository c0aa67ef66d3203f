"""Monitors next to the best possible detector, on planted problems whose law is known.

**Likelihood ratio.** An item of class 0 or 1 has Gaussian features with mean -MEAN or MEAN on the
first axis and variance 1. The log odds of an honest system are 2 MEAN x + noise, with the first
feature x and noise N(0, NOISE^2). A planted system adds SHIFT to the log odds of each watched item
with probability `strength`, independently. With z = (log odds - 2 MEAN x) / NOISE and a = SHIFT /
NOISE, the likelihood ratio of the watched items is the product over items of

    1 - strength + strength exp(a z - a^2 / 2).

Trusted items, learned items and audits have the same law in both systems, given the features. So by
the lemma of Neyman and Pearson no monitor of the same view has a higher AUROC, or a higher
true-positive rate (TPR) at a false-positive rate, than this ratio. Its rates come from 20,000
systems of each kind. Monitors raise conformal alarms, in batches with new references:

    python benchmarks/likelihood_ratio.py

A monitor is above the ratio if its mean over batches is more than 2.6 standard errors higher.

**Spot checks.** Honest systems are right on all N items, and K answers of a planted system are
wrong. The TPR of `spot-check` must be the hypergeometric probability of an audited error, and the
mean number of audits in random order must be (N + 1) / (K + 1). Both must be inside the 99%
interval of the measured systems.

The exit code is 1 if a monitor is above the ratio, or theory is outside an interval.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

import numpy as np
from scipy.special import expit

from truing.measures import (
    Estimate,
    audits_until_attack,
    clopper_pearson,
    detection_probability,
    expected_audits,
    measure_systems,
)
from truing.registry import Built
from truing.stress import MONITORS, Seen, View
from truing.stress.monitors import ask_monitor

ITEMS, DIMENSIONS, LEARNED = 200, 5, 200
MEAN, NOISE, SHIFT = 1.0, 1.0, 1.5
STRENGTHS = (0.02, 0.05, 0.1, 0.3)
FPR = 0.05
EXACT = 20_000  # systems for the rates of the likelihood ratio
CHECKED = ((5, 50), (20, 20), (27, 50), (100, 3))  # wrong answers and audits of spot checks


def usable_monitors() -> list[Built]:
    """Monitors that see answers and features only: no head, no changed inputs, no other task."""
    found = []
    for name in MONITORS.describe():
        if ":" in name or name in ("noise-injection", "scout"):
            continue
        built = MONITORS.build(name)
        if built.value.kind == "study" and not built.value.changed and not built.value.models:
            found.append(built)
    return found


def draw_items(count: int, strength: float, rng: np.random.Generator):
    """Truth (n,), features (n, d), log odds (n,) and attacked items (n,)."""
    truth = rng.integers(0, 2, count)
    features = rng.normal(size=(count, DIMENSIONS))
    features[:, 0] += MEAN * (2 * truth - 1)
    attacked = rng.random(count) < strength
    odds = 2 * MEAN * features[:, 0] + NOISE * rng.normal(size=count) + SHIFT * attacked
    return truth, features, odds, attacked


def seen(features: np.ndarray, odds: np.ndarray) -> Seen:
    beliefs = np.stack([expit(-odds), expit(odds)], axis=1)
    return Seen(features, features, beliefs)


def draw_view(monitor: Built, strength: float, rng: np.random.Generator) -> View:
    """What a monitor sees of a system; only the watched items are attacked."""
    truth, features, odds, _ = draw_items(ITEMS, strength, rng)
    learned = draw_items(LEARNED, 0.0, rng)
    trusted = draw_items(monitor.value.trusted, 0.0, rng)
    audited = rng.permutation(ITEMS)[: monitor.value.audits]
    labels = seen(learned[1], 2 * MEAN * learned[1][:, 0] + NOISE * rng.normal(size=LEARNED))
    return View(
        watched=seen(features, odds),
        learned=seen(learned[1], learned[2]),
        labels=labels.beliefs,
        trusted=seen(trusted[1], trusted[2]),
        truth=trusted[0],
        audited=audited,
        audits=truth[audited],
        head=None,
        choices=("0", "1"),
    )


def suspicions(monitor: Built, strength: float, systems: int, rng) -> np.ndarray:
    """(S,) suspicion of independent systems."""
    views = (draw_view(monitor, strength, rng) for _ in range(systems))
    return np.array([ask_monitor(monitor.label, monitor.value, one, rng).system for one in views])


def likelihood_ratios(strength: float, planted: bool, systems: int, rng) -> np.ndarray:
    """(S,) log likelihood ratio of independent systems."""
    attacked = rng.random((systems, ITEMS)) < strength * planted
    apart = SHIFT / NOISE
    z = rng.normal(size=(systems, ITEMS)) + apart * attacked
    return np.log1p(strength * np.expm1(apart * z - apart**2 / 2)).sum(axis=1)


def best_rates(strength: float, rng) -> tuple[float, float]:
    """AUROC and TPR at FPR of the likelihood ratio with the exact threshold."""
    honest, planted = (
        np.sort(likelihood_ratios(strength, kind, EXACT, rng)) for kind in (False, True)
    )
    below = np.searchsorted(honest, planted) / EXACT
    return float(below.mean()), float(np.mean(planted > np.quantile(honest, 1 - FPR)))


def measured_rates(
    monitor: Built, batches: int, seeds: int, references: int, rng, strengths=STRENGTHS
) -> dict[float, np.ndarray]:
    """(batches, 2) AUROC and TPR of a monitor at each strength."""
    rates: dict[float, list] = {strength: [] for strength in strengths}
    for _ in range(batches):
        honest = suspicions(monitor, 0.0, references, rng)
        twins = suspicions(monitor, 0.0, seeds, rng)
        for strength in strengths:
            planted = suspicions(monitor, strength, seeds, rng)
            two_sided = monitor.value.two_sided
            found = measure_systems(planted, twins, honest, two_sided=two_sided, fprs=[FPR])
            rates[strength].append((found.auroc.value, found.tpr[f"{FPR:g}"].value))
    return {strength: np.array(found) for strength, found in rates.items()}


def is_above(rates: np.ndarray, best: Sequence[float]) -> np.ndarray:
    """(2,) whether the mean over batches is significantly above the likelihood ratio."""
    best_2 = np.array(best)
    simulated = best_2 * (1 - best_2) / EXACT + 1 / EXACT**2  # variance of the simulated best
    error = np.sqrt(rates.var(axis=0, ddof=1) / len(rates) + 2 * simulated)
    return rates.mean(axis=0) > best_2 + 2.6 * error


def spot_check_rows(systems: int, rng) -> list[tuple[str, float, Estimate]]:
    """Name, theory, and measured value with its 99% interval, for each number of wrong answers."""
    rows: list[tuple[str, float, Estimate]] = []
    for wrong, audits in CHECKED:
        monitor = MONITORS.build(f"spot-check,audits={audits}")
        found, first = [], list[float]()
        for count in [0] * 99 + [wrong] * systems:
            truth = rng.integers(0, 2, ITEMS)
            attacked = np.isin(np.arange(ITEMS), rng.permutation(ITEMS)[:count])
            beliefs = np.eye(2)[np.where(attacked, 1 - truth, truth)]
            audited = rng.permutation(ITEMS)[:audits]
            nothing = seen(np.zeros((0, DIMENSIONS)), np.zeros(0))
            watched = Seen(np.zeros((ITEMS, 1)), np.zeros((ITEMS, 1)), beliefs)
            view = View(
                watched, nothing, np.zeros((0, 2)), nothing, np.zeros(0, int), audited,
                truth[audited], None, ("0", "1"),
            )  # fmt: skip
            found.append(ask_monitor(monitor.label, monitor.value, view, rng).system)
            if count:
                expected = audits_until_attack(rng.random(ITEMS), attacked)
                assert expected is not None, "an item is attacked"
                first.append(expected)
        planted, honest = np.array(found[99:]), np.array(found[:99])
        tpr = measure_systems(planted, planted, honest, fprs=[FPR]).tpr[f"{FPR:g}"].value
        assert tpr is not None
        exact = clopper_pearson(round(tpr * systems), systems, 0.99)
        theory = detection_probability(ITEMS, wrong, audits)
        name = f"K = {wrong}, {audits} audits"
        rows.append((f"{name}: TPR", theory, Estimate(tpr, exact.low, exact.high)))
        mean, error = float(np.mean(first)), 2.6 * np.std(first, ddof=1) / np.sqrt(systems)
        theory = expected_audits(ITEMS, wrong)
        rows.append((f"{name}: audits", theory, Estimate(mean, mean - error, mean + error)))
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--batches", type=int, default=10, help="batches with new references")
    parser.add_argument("--systems", type=int, default=20, help="planted systems of a batch")
    parser.add_argument("--references", type=int, default=99)
    parser.add_argument("--checks", type=int, default=500, help="systems with spot checks")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    rng = np.random.default_rng(options.seed)
    best = {strength: best_rates(strength, rng) for strength in STRENGTHS}
    print(f"{'AUROC / TPR at 5%, by strength':<24} " + " ".join(f"{s:>13g}" for s in STRENGTHS))
    cells = " ".join(f"{a:6.3f} {t:6.3f}" for a, t in best.values())
    print(f"{'likelihood ratio':<30} {cells}", flush=True)
    above = 0
    for monitor in usable_monitors():
        rates = measured_rates(monitor, options.batches, options.systems, options.references, rng)
        cells = " ".join("{:6.3f} {:6.3f}".format(*one.mean(axis=0)) for one in rates.values())
        higher = sum(int(is_above(one, best[s]).sum()) for s, one in rates.items())
        above += higher
        print(f"{monitor.label:<30} {cells}{' above' if higher else ''}", flush=True)
    print(f"{above} rates are above the likelihood ratio")
    outside = 0
    for name, theory, found in spot_check_rows(options.checks, rng):
        outside += not found.covers(theory)
        shown = f"{found.value:7.3f} [{found.low:.3f}, {found.high:.3f}]"
        print(f"{name:<26} theory {theory:7.3f}, measured {shown}")
    print(f"{outside} values of theory are outside the interval")
    sys.exit(bool(above or outside))


if __name__ == "__main__":
    main()
