"""Coverage of the 95% intervals of AUROC and balanced accuracy on simulated studies.

The logit of an item is Gaussian around +-d/2, with d different for each role and seed, and with
effects of the cluster (shared by the roles), the item and the seed on the item. So AUROC and
balanced accuracy of the population are known exactly:

    python benchmarks/metric_coverage.py --studies 400

The columns are coverages of the transfer metric and of PGR, and the share of comparisons of equally
good methods with p below 0.05.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from scipy.stats import norm

from truing.measures import Metric, estimate_pgr, item_scores, paired_difference

APART = {"weak": 1.0, "transfer": 1.8, "ceiling": 3.2}  # distance d of the class means
SEED_SD = 0.15  # of d; 0 with one seed, whose interval covers the items only
CLUSTER_SD, ITEM_SD, RESIDUAL_SD = 0.5, 0.6, 0.6


@dataclass(frozen=True)
class Setting:
    """Number of seeds and items, share of positives, and whether items come in fours."""

    seeds: int
    items: int
    positives: float
    clustered: bool

    @property
    def seed_sd(self) -> float:
        return SEED_SD if self.seeds > 1 else 0.0

    @property
    def label(self) -> str:
        kind = "4" if self.clustered else "1"
        return (
            f"S={self.seeds:<2} N={self.items:<4} positives {self.positives:<4} clusters of {kind}"
        )


def true_metric(metric: str, apart: float, seed_sd: float) -> float:
    """Mean over seeds of the population's metric."""
    noise = CLUSTER_SD**2 + ITEM_SD**2 + RESIDUAL_SD**2
    if metric == "auroc":
        return float(norm.cdf(apart / np.sqrt(2 * noise + seed_sd**2)))
    return float(norm.cdf(apart / 2 / np.sqrt(noise + seed_sd**2 / 4)))


def draw(setting: Setting, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, dict]:
    """Truth (N,), clusters (N,) and beliefs (S, N, 2) of each role, and of a second transfer."""
    S, N = setting.seeds, setting.items
    clusters = np.arange(N) // (4 if setting.clustered else 1)
    truth = (rng.random(N) < setting.positives).astype(int)
    while np.bincount(truth, minlength=2).min() < 2:
        truth = (rng.random(N) < setting.positives).astype(int)
    shared = CLUSTER_SD * rng.normal(size=clusters.max() + 1)[clusters]
    item = ITEM_SD * rng.normal(size=N)
    beliefs = {}
    for role, apart in {**APART, "other": APART["transfer"]}.items():
        d_S = apart + setting.seed_sd * rng.normal(size=(S, 1))
        own = 0.8 * item + 0.6 * ITEM_SD * rng.normal(size=N)
        logit = d_S * (truth - 0.5) + shared + own + RESIDUAL_SD * rng.normal(size=(S, N))
        positive = 1 / (1 + np.exp(-logit))
        beliefs[role] = np.stack([1 - positive, positive], axis=-1)
    return truth, clusters, beliefs


def simulate(
    metric: Metric, setting: Setting, studies: int, seed: int
) -> tuple[float, float, float]:
    """Coverage of the transfer metric and of PGR, and share of false differences."""
    true = {role: true_metric(metric, apart, setting.seed_sd) for role, apart in APART.items()}
    true_pgr = (true["transfer"] - true["weak"]) / (true["ceiling"] - true["weak"])
    counts = np.zeros(3)
    for study in range(studies):
        rng = np.random.default_rng([seed, study])
        truth, clusters, beliefs = draw(setting, rng)
        scores = {role: item_scores(metric, one, truth) for role, one in beliefs.items()}
        options: dict[str, Any] = {"clusters": clusters, "truth": truth, "rng": rng}
        options["replicates"] = 1000
        found = estimate_pgr(scores["weak"], scores["transfer"], scores["ceiling"], **options)
        apart = paired_difference(scores["other"], scores["transfer"], **options)
        counts += (
            found.transfer.covers(true["transfer"]),
            found.pgr.value is None or found.pgr.covers(true_pgr),
            apart.p < 0.05,
        )
    transfer, pgr, false = counts / studies
    return transfer, pgr, false


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--studies", type=int, default=400, help="studies of each setting")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    print(f"{'metric':<18} {'setting':<44} metric   PGR  p<0.05")
    grid = product((1, 5), (200, 1000), (0.5, 0.1), (False, True))
    metrics: tuple[Metric, ...] = ("auroc", "balanced_accuracy")
    for metric, each in product(metrics, grid):
        setting = Setting(*each)
        shown = simulate(metric, setting, options.studies, options.seed)
        print(f"{metric:<18} {setting.label:<44} {shown[0]:.3f} {shown[1]:.3f}  {shown[2]:.3f}")


if __name__ == "__main__":
    main()
