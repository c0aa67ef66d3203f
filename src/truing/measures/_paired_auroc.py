"""AUROC of planted systems against honest twins, which share seeds; intervals of such rates."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri, stdtrit

from truing.measures._estimate import Estimate
from truing.measures._exact import clopper_pearson
from truing.measures._suspicion import check_suspicion


def paired_auroc(planted, twins, *, level: float = 0.95) -> Estimate:
    """Probability that a planted system is more suspicious than a twin, with its interval.

    The value is the share of the S x S pairs of a planted system and a twin in which the planted
    system is more suspicious; a tie counts 0.5. It equals `sklearn.metrics.roc_auc_score`.

    A planted system and its twin share a seed. The variance is therefore that of S pairs: with D_s
    the mean over the comparisons of planted system s, plus that of twin s, it is the variance of D
    over the seeds, divided by S (DeLong, DeLong & Clarke-Pearson 1988, with covariances). The
    interval is that of Clopper and Pearson for an effective number of trials, value (1 - value) /
    variance, corrected for degrees of freedom (Korn & Graubard 1998). Near 0 and 1 few comparisons
    show the variance, which is then often too small. So the effective number of trials is at most
    S (1 + S value (1 - value)). `benchmarks/detection_coverage.py` checks the coverage.

    If all planted systems are more suspicious than all twins, the low end is ((1 - level) /
    2)^(1/S). It is valid if planted system and twin of a seed do not depend negatively on each
    other (positive quadrant dependence): replacing each pair by an independent pair with the same
    margins makes full separation more likely, and independent systems contain S disjoint pairs.

    Args:
        planted: (S,) suspicion of each planted system.
        twins: (S,) suspicion of the twin with the same seed.
        level: confidence level.

    Raises:
        ValueError: shapes differ, or a suspicion is not finite.

    Examples:
        >>> from truing.measures import paired_auroc
        >>> found = paired_auroc([3.0, 4.0, 1.5, 5.0, 2.5], [1.0, 2.0, 0.0, 3.5, 0.5])
        >>> f"{found.value:.2f} [{found.low:.2f}, {found.high:.2f}]"
        '0.84 [0.45, 0.99]'
    """
    planted_S, twins_S = check_suspicion("planted", planted), check_suspicion("twins", twins)
    if planted_S.shape != twins_S.shape:
        raise ValueError(f"twins must have shape {planted_S.shape}, got {twins_S.shape}")
    wins_SS = 0.5 * (1.0 + np.sign(planted_S[:, None] - twins_S))
    value = float(wins_SS.mean())
    influence_S = wins_SS.mean(axis=1) + wins_SS.mean(axis=0) - 2.0 * value
    S = influence_S.size
    variance = float(influence_S @ influence_S) / (S * (S - 1)) if S > 1 else 0.0
    return rate_estimate(value, variance, S - 1, S, level)


def rate_estimate(
    value: float, variance: float, freedom: float, trials: int, level: float
) -> Estimate:
    """A rate in 0..1 with the interval that `paired_auroc` describes.

    Args:
        value: the rate.
        variance: estimated variance of the rate; 0 if the data do not show it.
        freedom: degrees of freedom of the variance.
        trials: number of independent units n. The effective number of trials is n if the rate is 0
            or 1, and at most n (1 + n value (1 - value)).
        level: confidence level.
    """
    effective = trials * (1.0 + trials * value * (1.0 - value))
    if variance > 0.0 and freedom > 0.0:
        upper = (1.0 + level) / 2.0
        shrink = float(ndtri(upper) / stdtrit(freedom, upper)) ** 2
        effective = min(effective, shrink * value * (1.0 - value) / variance)
    # Shares of rounded sums may exceed 1 by an ulp.
    return clopper_pearson(min(value, 1.0) * effective, effective, level)
