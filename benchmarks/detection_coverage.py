"""Coverage of the 95% intervals of stress tests, and false alarms, on simulated suspicions.

Suspicions of honest systems are Gaussian with variance 1. A planted system adds a number to the
suspicion of its twin or of an independent system; `shared` is their correlation. The rates of the
population are then known, given the references:

    python benchmarks/detection_coverage.py --studies 1000

The last rows are false alarms of the combination of monitors. All plants share twins, and some
monitors have many ties. Each run has new references, of which one half calibrates.
"""

from __future__ import annotations

import argparse

import numpy as np
from scipy.special import ndtr, ndtri

from truing.measures import (
    PlantSuspicion,
    audits_until_attack,
    combine_monitors,
    measure_items,
    measure_systems,
    paired_auroc,
    raise_alarms,
    smallest_strength,
)

STRENGTHS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.4)
FPR = 0.05


def draw_pairs(seeds: int, auroc: float, shared: float, rng) -> tuple[np.ndarray, np.ndarray]:
    """Suspicions (S,) of planted systems and of twins, with a known AUROC between seeds."""
    twins, other = rng.normal(size=(2, seeds))
    planted = shared * twins + np.sqrt(1 - shared**2) * other
    return planted + np.sqrt(2) * ndtri(auroc), twins


def auroc_coverage(seeds: int, auroc: float, shared: float, studies: int, rng) -> float:
    """Share of studies whose interval of AUROC over systems contains the true AUROC."""
    draws = (draw_pairs(seeds, auroc, shared, rng) for _ in range(studies))
    return float(np.mean([paired_auroc(*one).covers(auroc) for one in draws]))


def tpr_coverage(seeds: int, references: int, shift: float, studies: int, rng) -> float:
    """Coverage of the TPR at 5% of new seeds, given the references."""
    covered = 0
    allowed = int(FPR * (references + 1) + 1e-9) - 1  # references above a system with an alarm
    for _ in range(studies):
        honest = np.sort(rng.normal(size=references))[::-1]
        planted = shift + rng.normal(size=seeds)
        found = measure_systems(planted, rng.normal(size=seeds), honest, fprs=[FPR])
        covered += found.tpr[f"{FPR:g}"].covers(ndtr(shift - honest[allowed]))
    return covered / studies


def strength_coverage(seeds: int, slope: float, studies: int, rng) -> dict[str, float]:
    """Coverage of the smallest strength with 80% power, and shares of intervals with each end.

    The suspicion of a planted system is that of a seed, the same for all strengths, plus slope x
    sqrt(strength).
    """
    counts = np.zeros(4)
    for _ in range(studies):
        honest = np.sort(rng.normal(size=99))[::-1]
        limit = honest[4]
        true = ((limit + ndtri(0.8)) / slope) ** 2
        planted = rng.normal(size=seeds)
        alarms = [planted + slope * np.sqrt(s) > limit for s in STRENGTHS]
        found = smallest_strength(STRENGTHS, alarms).strength
        ends = (found.low is not None, found.high is not None)
        counts += [found.covers(true), *ends, found.value is not None]
    return dict(zip(("covered", "low end", "high end", "value"), counts / studies, strict=True))


def item_coverage(
    seeds: int, items: int, share: float, studies: int, rng, spread: float = 0.5
) -> tuple[float, float]:
    """Coverage of AUROC over items, and of the mean number of audits of new seeds on these items.

    Items have an effect that all seeds share. The shift of attacked items differs between seeds.
    """
    shift = 1.5
    auroc = ndtr(shift / np.sqrt(2 + spread**2))
    counts = np.zeros(2)
    for _ in range(studies):
        effect = np.sqrt(0.5) * rng.normal(size=items)
        count = seeds + 200  # the other seeds give the true mean number of audits
        noise = np.sqrt(0.5) * rng.normal(size=(2, count, items))
        attacked = rng.random((count, items)) < share
        shifts = shift + spread * rng.normal(size=(count, 1))
        planted, twins = effect + noise[0] + shifts * attacked, effect + noise[1]
        found = measure_items(planted[:seeds], twins[:seeds], attacked[:seeds])
        pairs = zip(planted[seeds:], attacked[seeds:], strict=True)
        audits = [audits_until_attack(*one) for one in pairs]
        known = [one for one in audits if one is not None]  # None without an attacked item
        counts += [found.auroc.covers(auroc), found.audits.covers(float(np.mean(known)))]
    of_auroc, of_audits = counts / studies
    return of_auroc, of_audits


def combined_false_alarms(runs: int, references: int, seeds: int, rng) -> tuple[float, float, int]:
    """Share of alarms about honest twins at 5%, its standard error over studies, and their number.

    Five monitors: three correlated ones, one with ties, and one that is constant but for 2% of the
    systems. Three plants share their twins; their planted systems resemble the twins.
    """

    def honest(count: int) -> np.ndarray:
        common = rng.normal(size=(count, 1))
        three = np.sqrt(0.5) * (common + rng.normal(size=(count, 3)))
        coarse, rare = np.round(common + rng.normal(size=(count, 1))), rng.random((count, 1)) < 0.02
        return np.concatenate([three, coarse, rare], axis=1)

    shares = []
    for _ in range(runs // seeds):
        twins, others = honest(seeds), honest(references)
        plants = {
            str(number): PlantSuspicion(
                twins[None] + 0.3 * rng.random((2, 1, 5)), twins, others, str(number)
            )
            for number in range(3)
        }
        found = combine_monitors(plants, two_sided=[False, True, False, False, False])["0"]
        shares.append(raise_alarms(found.twins, found.references, FPR).mean())
    error = float(np.std(shares, ddof=1) / np.sqrt(len(shares)))
    return float(np.mean(shares)), error, len(shares)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--studies", type=int, default=1000, help="studies of each setting")
    parser.add_argument("--runs", type=int, default=1000, help="twins of the combination")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    rng, studies = np.random.default_rng(options.seed), options.studies
    for seeds in (3, 5, 10, 20, 40):
        for auroc in (0.5, 0.8, 0.95, 0.99):
            cells = [auroc_coverage(seeds, auroc, one, studies, rng) for one in (0.0, 0.5, 0.9)]
            shown = " ".join(f"{one:.3f}" for one in cells)
            print(f"AUROC {auroc:<4g}, {seeds} seeds, shared 0, 0.5, 0.9: {shown}", flush=True)
    for seeds, references in ((20, 19), (20, 99), (50, 99)):
        cells = [tpr_coverage(seeds, references, one, studies, rng) for one in (1.0, 2.5, 4.0)]
        shown = " ".join(f"{one:.3f}" for one in cells)
        print(f"TPR at 5%, {seeds} seeds, {references} references: {shown}", flush=True)
    for seeds in (10, 20, 50):
        for slope in (4.0, 10.0, 30.0):
            found = strength_coverage(seeds, slope, studies, rng)
            shown = ", ".join(f"{name} {value:.3f}" for name, value in found.items())
            print(f"smallest strength, {seeds} seeds, slope {slope:g}: {shown}", flush=True)
    for seeds, items, share in ((5, 100, 0.1), (20, 100, 0.1), (20, 300, 0.03)):
        auroc, audits = item_coverage(seeds, items, share, studies // 2, rng)
        shown = f"AUROC {auroc:.3f}, audits {audits:.3f}"
        print(f"items, {seeds} seeds, {items} items, {share:.0%} attacked: {shown}", flush=True)
    for references, seeds in ((39, 4), (99, 4), (99, 20)):
        share, error, count = combined_false_alarms(options.runs, references, seeds, rng)
        setting = f"combination, {references} references, {seeds} seeds"
        print(f"{setting}: {share:.2%} +- {error:.2%} of {seeds * count} runs at 5%", flush=True)


if __name__ == "__main__":
    main()
