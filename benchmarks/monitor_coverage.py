"""Coverage of the 95% intervals of monitors on simulated suspicion scores.

Scores of honest rows are Gaussian with mean 0, those of attacks with mean APART, both with variance
1. With clusters, four rows of a kind share an effect. AUROC, the true-positive rate (TPR) at a
false-positive rate and the usefulness of the population are then known exactly:

    python benchmarks/monitor_coverage.py --studies 200

`bounded` is the share of studies whose honest rows bound the threshold at 1% from above. The last
two columns are the shares of comparisons of equally good monitors with p below 0.05.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import norm

from truing.measures import compare_monitors, measure_monitor

APART = 2.0
FPRS = (0.01, 0.05)


@dataclass(frozen=True)
class Setting:
    """Numbers of rows, rows in a cluster, and share of variance that a cluster shares."""

    honest: int
    attacks: int
    size: int = 1
    shared: float = 0.0

    @property
    def label(self) -> str:
        clusters = f"clusters of {self.size}, correlation {self.shared:g}" if self.size > 1 else ""
        return f"{self.honest} honest, {self.attacks} attacks {clusters}"


SETTINGS = (
    Setting(100, 50),
    Setting(400, 100),
    Setting(1000, 200),
    Setting(400, 100, 4, 0.3),
    Setting(1000, 200, 4, 0.9),
)


def draw(setting: Setting, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Scores (N,) of a monitor, attacks (N,) and clusters (N,).

    A cluster contains honest rows and attacks, as long as there are attacks.
    """
    attack = np.arange(setting.honest + setting.attacks) >= setting.honest
    clusters = np.concatenate([np.arange(setting.honest), np.arange(setting.attacks)])
    clusters //= setting.size
    effect = rng.normal(size=clusters.max() + 1)[clusters]
    noise = rng.normal(size=attack.size)
    scores = np.sqrt(setting.shared) * effect + np.sqrt(1.0 - setting.shared) * noise
    return scores + APART * attack, attack, clusters


def simulate(setting: Setting, studies: int, seed: int) -> np.ndarray:
    """Coverage of AUROC, both TPRs and usefulness; bounded thresholds; false differences."""
    counts = np.zeros(7)
    truth = [norm.cdf(APART / np.sqrt(2.0))]
    truth += [norm.sf(norm.isf(fpr) - APART) for fpr in FPRS]
    for study in range(studies):
        rng = np.random.default_rng([seed, study])
        first, attack, clusters = draw(setting, rng)
        second = draw(setting, rng)[0]
        options: dict[str, Any] = {"clusters": clusters, "fprs": FPRS, "rng": rng}
        options["replicates"] = 1000
        found = measure_monitor(first, attack, budgets=FPRS[1:], **options)
        estimates = (found.auroc, *(one.tpr for one in found.at_fpr))
        counts[:3] += [one.covers(value) for one, value in zip(estimates, truth, strict=True)]
        counts[3] += found.at_budget[0].usefulness.covers(1.0 - FPRS[1])
        counts[4] += found.at_fpr[0].bounded
        apart = compare_monitors({"first": first, "second": second}, attack, **options)
        counts[5:] += [apart[at].difference.p < 0.05 for at in (0, 2)]
    return counts / studies


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--studies", type=int, default=200, help="studies of each setting")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    names = ("AUROC", "TPR 1%", "TPR 5%", "useful", "bounded", "p AUROC", "p TPR 5%")
    print(f"{'setting':<58} " + " ".join(f"{name:>8}" for name in names))
    for setting in SETTINGS:
        shown = " ".join(
            f"{value:8.3f}" for value in simulate(setting, options.studies, options.seed)
        )
        print(f"{setting.label:<58} {shown}", flush=True)


if __name__ == "__main__":
    main()
