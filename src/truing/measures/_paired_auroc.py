"""AUROC of planted systems against honest twins, which share seeds."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri, stdtrit

from truing.measures._estimate import Estimate
from truing.measures._exact import clopper_pearson


def paired_auroc(planted, twins, *, level: float = 0.95) -> Estimate:
    """Probability that a planted system is more suspicious than a twin, with its interval.

    The value is the share of the S x S pairs of a planted system and a twin in which the planted
    system is more suspicious; a tie counts 0.5. It equals `sklearn.metrics.roc_auc_score`.

    Args:
        planted: (S,) suspicion of each planted system.
        twins: (S,) suspicion of the twin with the same seed.
        level: confidence level.

    Raises:
        ValueError: shapes differ.

    Examples:
        >>> from truing.measures import paired_auroc
        >>> paired_auroc([3.0, 4.0, 1.5], [1.0, 2.0, 0.0]).value
        0.8888888888888888
    """
    planted_S, twins_S = np.asarray(planted, dtype=float), np.asarray(twins, dtype=float)
    if planted_S.shape != twins_S.shape:
        raise ValueError(f"twins must have shape {planted_S.shape}, got {twins_S.shape}")
    wins_SS = above(planted_S, twins_S)
    value = float(wins_SS.mean())
    influence_S = wins_SS.mean(axis=1) + wins_SS.mean(axis=0) - 2.0 * value
    S = influence_S.size
    variance = float(influence_S @ influence_S) / (S * (S - 1)) if S > 1 else 0.0
    return rate_estimate(value, variance, S - 1, S, level)


def above(first_n: np.ndarray, second_m: np.ndarray) -> np.ndarray:
    """(n, m) comparisons: 1 if the first is larger, 0.5 for a tie, 0 otherwise."""
    return 0.5 * (1.0 + np.sign(first_n[:, None] - second_m))


def rate_estimate(
    value: float, variance: float, freedom: float, trials: int, level: float
) -> Estimate:
    """A rate in 0..1 with the interval of Clopper and Pearson at an effective number of trials."""
    effective = float(trials)
    if variance > 0.0 and freedom > 0:
        upper = (1.0 + level) / 2.0
        shrink = float(ndtri(upper) / stdtrit(freedom, upper)) ** 2
        effective = min(effective, shrink * value * (1.0 - value) / variance)
    return clopper_pearson(value * effective, effective, level)
