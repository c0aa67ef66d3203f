"""Scores of forecast effects: error, rank correlation and slope against the measured effects."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from truing.measures._checks import check_clusters, check_resampling, check_same_shape
from truing.measures._estimate import Estimate
from truing.measures._reweighted import estimate_reweighted


@dataclass(frozen=True)
class EffectScores:
    """Scores of forecasts of effects.

    Attributes:
        n, clusters: numbers of forecasts and of clusters.
        mean_error: mean of expected minus measured effect; above 0 the forecasts are too high.
        rmse: root mean squared error.
        rank_correlation: Spearman's correlation of expected and measured effects; undefined if one
            of them is constant.
        slope: slope of the measured on the expected effect; 1 is calibrated, below 1 the forecasts
            differ too much from each other. Noise of the measurement does not bias it.
        skill: 1 - mean squared error / that of the mean measured effect as a constant forecast. 0
            is as good as that constant, which no one knows in advance; undefined if all measured
            effects are equal.
    """

    n: int
    clusters: int
    mean_error: Estimate
    rmse: Estimate
    rank_correlation: Estimate
    slope: Estimate
    skill: Estimate


def score_effects(
    expected: Any,
    measured: Any,
    *,
    clusters: Any = None,
    rng: np.random.Generator,
    level: float = 0.95,
    replicates: int = 2000,
) -> EffectScores:
    """Score forecasts of effects against the measured effects.

    Intervals come from the Bayesian bootstrap over clusters. Ranks are computed in each replicate.

    Args:
        expected: (N,) expected effects.
        measured: (N,) measured effects.
        clusters: (N,) integers, equal for related forecasts; None if they are independent.
        rng: random generator of the replicates.
        level: confidence level.
        replicates: number of bootstrap replicates.

    Raises:
        ValueError: there is no forecast, shapes differ, or a value is not finite.

    Examples:
        >>> import numpy as np
        >>> from truing.measures import score_effects
        >>> rng = np.random.default_rng(0)
        >>> measured = rng.normal(size=100)
        >>> found = score_effects(0.5 * measured + 0.2, measured, rng=rng)
        >>> f"slope {found.slope.value:.2f}, mean error {found.mean_error.value:.2f}"
        'slope 2.00, mean error 0.16'
    """
    replicates = check_resampling(rng, level, replicates)
    x_N, y_N = np.asarray(expected, float), np.asarray(measured, float)
    check_same_shape(expected=x_N, measured=y_N)
    if x_N.ndim != 1 or not x_N.size:
        raise ValueError(f"expected must have shape (forecasts,), 1 or more, got {x_N.shape}")
    if not (np.isfinite(x_N).all() and np.isfinite(y_N).all()):
        raise ValueError("expected and measured effects must be finite")
    given = check_clusters(clusters, x_N.size)
    clusters_N = np.arange(x_N.size) if given is None else given
    estimate = partial(
        estimate_reweighted, clusters_N=clusters_N, rng=rng, level=level, replicates=replicates
    )
    return EffectScores(
        x_N.size,
        int(np.unique(clusters_N).size),
        estimate(lambda weights_BN: weights_BN @ (x_N - y_N)),
        estimate(lambda weights_BN: np.sqrt(weights_BN @ (x_N - y_N) ** 2), bounds=(0.0, math.inf)),
        estimate(partial(_rank_correlation, x_N, y_N), bounds=(-1.0, 1.0)),
        estimate(partial(_slope, x_N, y_N)),
        estimate(partial(_skill, x_N, y_N), bounds=(-math.inf, 1.0)),
    )


def _moments(
    x_BN: np.ndarray, y_BN: np.ndarray, weights_BN: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(B,) variance of x, variance of y and covariance, under weights."""
    x_BN = x_BN - (weights_BN * x_BN).sum(axis=1, keepdims=True)
    y_BN = y_BN - (weights_BN * y_BN).sum(axis=1, keepdims=True)
    pairs = ((x_BN, x_BN), (y_BN, y_BN), (x_BN, y_BN))
    first, second, joint = ((weights_BN * a * b).sum(axis=1) for a, b in pairs)
    return first, second, joint


def _slope(x_N: np.ndarray, y_N: np.ndarray, weights_BN: np.ndarray) -> np.ndarray:
    first, _, joint = _moments(x_N[None], y_N[None], weights_BN)
    return _divide(joint, first, x_N)


def _skill(x_N: np.ndarray, y_N: np.ndarray, weights_BN: np.ndarray) -> np.ndarray:
    _, second, _ = _moments(x_N[None], y_N[None], weights_BN)
    return 1 - _divide(weights_BN @ (x_N - y_N) ** 2, second, y_N)


def _rank_correlation(x_N: np.ndarray, y_N: np.ndarray, weights_BN: np.ndarray) -> np.ndarray:
    x_BN, y_BN = (_ranks(values_N, weights_BN) for values_N in (x_N, y_N))
    first, second, joint = _moments(x_BN, y_BN, weights_BN)
    return _divide(joint, np.sqrt(first * second), np.array([0.0, 1.0]))


def _ranks(values_N: np.ndarray, weights_BN: np.ndarray) -> np.ndarray:
    """(B, N) weighted ranks from 0 to 1; equal values share the middle of their ranks."""
    _, index_N = np.unique(values_N, return_inverse=True)
    member_NV = index_N[:, None] == np.arange(index_N.max() + 1)
    weight_BV = weights_BN @ member_NV
    return (np.cumsum(weight_BV, axis=1) - weight_BV / 2)[:, index_N]


def _divide(above_B: np.ndarray, below_B: np.ndarray, values_N: np.ndarray) -> np.ndarray:
    """(B,) quotients; NaN where the denominator is only rounding."""
    smallest = 1e-12 * max(float(np.abs(values_N).max()) ** 2, 1e-300)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(below_B > smallest, above_B / below_B, np.nan)
