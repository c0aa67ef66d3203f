"""Scores of probability forecasts: Brier score, skill, and the decomposition of Murphy (1973)."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from truing.measures._checks import check_clusters, check_resampling, check_same_shape
from truing.measures._estimate import UNDEFINED, Estimate
from truing.measures._mean_scores import mean_score
from truing.measures._reweighted import estimate_reweighted

FEWEST = 20  # forecasts for a decomposition
GROUP = 5  # smallest number of forecasts in a group
MOST_GROUPS = 10


@dataclass(frozen=True)
class ForecastGroup:
    """Forecasts with similar probabilities.

    Attributes:
        probability: mean probability.
        share: share of the events that happened.
        count: number of forecasts.
    """

    probability: float
    share: Estimate
    count: int


@dataclass(frozen=True)
class ProbabilityScores:
    """Scores of probability forecasts of events.

    The decomposition (Murphy 1973, "A new vector partition of the probability score", equation 9)
    has up to ten groups of at least five forecasts; equal probabilities are in one group. In small
    groups noise raises reliability and resolution. Both are corrected for it (Ferro & Fricker 2012,
    "A bias-corrected decomposition of the Brier score"), so an estimate may be slightly below 0.

    Attributes:
        n, clusters: numbers of forecasts and of clusters.
        base_rate: share of the events that happened.
        brier: mean squared distance between probability and event (0 or 1); 0 is best, 1 is worst,
            and the constant forecast 0.5 has 0.25. It is half of `brier` of two choices.
        skill: 1 - Brier score / Brier score of the base rate as a constant forecast. 1 is perfect,
            0 is as good as the constant forecast. The base rate is that of these events, which no
            one knows in advance, so this is a strict reference. Undefined if all events happened,
            or none.
        reliability, resolution, uncertainty: Brier score = reliability - resolution + uncertainty,
            up to the spread of probabilities within a group. Undefined with fewer than 20
            forecasts, or if all events happened, or none.
        groups: forecasts by probability, as in a calibration plot.
    """

    n: int
    clusters: int
    base_rate: Estimate
    brier: Estimate
    skill: Estimate
    reliability: Estimate
    resolution: Estimate
    uncertainty: Estimate
    groups: tuple[ForecastGroup, ...]


def score_probabilities(
    probabilities: Any,
    happened: Any,
    *,
    clusters: Any = None,
    rng: np.random.Generator,
    level: float = 0.95,
    replicates: int = 2000,
) -> ProbabilityScores:
    """Score probability forecasts against what happened.

    Intervals come from the Bayesian bootstrap over clusters, those of the Brier score and the
    shares are those of `mean_score`. Groups are not drawn again.

    Args:
        probabilities: (N,) forecasts, 0 to 1.
        happened: (N,) whether each event happened.
        clusters: (N,) integers, equal for related forecasts; None if they are independent.
        rng: random generator of the replicates.
        level: confidence level.
        replicates: number of bootstrap replicates.

    Raises:
        ValueError: there is no forecast, shapes differ, or a value is out of range.

    Examples:
        >>> import numpy as np
        >>> from truing.measures import score_probabilities
        >>> rng = np.random.default_rng(0)
        >>> probabilities = rng.uniform(size=200)
        >>> happened = rng.uniform(size=200) < probabilities
        >>> found = score_probabilities(probabilities, happened, rng=rng)
        >>> f"{found.brier.value:.2f} [{found.brier.low:.2f}, {found.brier.high:.2f}]"
        '0.15 [0.13, 0.18]'
        >>> f"skill {found.skill.value:.2f}, reliability {found.reliability.value:.3f}"
        'skill 0.39, reliability -0.002'
    """
    replicates = check_resampling(rng, level, replicates)
    p_N, o_N = _checked(probabilities, happened)
    given = check_clusters(clusters, p_N.size)
    clusters_N = np.arange(p_N.size) if given is None else given
    groups_N = group_forecasts(p_N)
    estimate = partial(
        estimate_reweighted, clusters_N=clusters_N, rng=rng, level=level, replicates=replicates
    )
    parts = _decomposition(p_N, o_N, groups_N, estimate)
    return ProbabilityScores(
        p_N.size,
        int(np.unique(clusters_N).size),
        _plain(mean_score(o_N, clusters=given, level=level)),
        _plain(mean_score((p_N - o_N) ** 2, clusters=given, level=level)),
        estimate(partial(_skill, p_N, o_N), bounds=(-math.inf, 1.0)),
        *parts,
        tuple(_group(p_N, o_N, given, groups_N == one, level) for one in np.unique(groups_N)),
    )


def _checked(probabilities: Any, happened: Any) -> tuple[np.ndarray, np.ndarray]:
    """Forecasts (N,) and events (N,) as arrays of float."""
    p_N, o_N = np.asarray(probabilities, float), np.asarray(happened, float)
    check_same_shape(probabilities=p_N, happened=o_N)
    if p_N.ndim != 1 or not p_N.size:
        raise ValueError(f"probabilities must have shape (forecasts,), 1 or more, got {p_N.shape}")
    if not ((p_N >= 0) & (p_N <= 1)).all():
        raise ValueError("probabilities must be from 0 to 1")
    if not np.isin(o_N, (0.0, 1.0)).all():
        raise ValueError("happened must be 0 or 1 for each event")
    return p_N, o_N


def group_forecasts(p_N: np.ndarray) -> np.ndarray:
    """(N,) number of each forecast's group, in the order of the probabilities.

    Up to ten groups of similar size with at least five forecasts each, if there are as many. Equal
    probabilities are in one group.
    """
    values, index_N, counts = np.unique(p_N, return_inverse=True, return_counts=True)
    wanted = max(GROUP, p_N.size / MOST_GROUPS)
    number, size, groups = 0, 0, np.zeros(values.size, int)
    left = p_N.size
    for at, count in enumerate(counts):
        if size >= wanted and left >= GROUP:
            number, size = number + 1, 0
        groups[at] = number
        size, left = size + count, left - count
    return groups[index_N]


def _decomposition(
    p_N: np.ndarray, o_N: np.ndarray, groups_N: np.ndarray, estimate: Callable[..., Estimate]
) -> tuple[Estimate, Estimate, Estimate]:
    """Reliability, resolution and uncertainty."""
    if p_N.size < FEWEST or not 0 < o_N.mean() < 1:
        return UNDEFINED, UNDEFINED, UNDEFINED
    reliability, resolution, uncertainty = (
        estimate(partial(_corrected_part, number, p_N, o_N, groups_N), centered=True)
        for number in range(3)
    )
    return reliability, resolution, uncertainty


def _corrected_part(
    number: int, p_N: np.ndarray, o_N: np.ndarray, groups_N: np.ndarray, weights_BN: np.ndarray
) -> np.ndarray:
    """(B,) reliability, resolution or uncertainty, corrected for the noise of the groups."""
    member_NG = groups_N[:, None] == np.arange(groups_N.max() + 1)
    count_G = member_NG.sum(axis=0)
    share_BG = weights_BN @ member_NG
    o_BG = weights_BN @ (member_NG * o_N[:, None]) / share_BG
    p_BG = weights_BN @ (member_NG * p_N[:, None]) / share_BG
    o_B = weights_BN @ o_N
    noise_BG = o_BG * (1 - o_BG) / np.maximum(count_G - 1, 1) * share_BG
    noise_B, whole_B = noise_BG.sum(axis=1), o_B * (1 - o_B) / (p_N.size - 1)
    if number == 0:
        return (share_BG * (p_BG - o_BG) ** 2).sum(axis=1) - noise_B
    if number == 1:
        return (share_BG * (o_BG - o_B[:, None]) ** 2).sum(axis=1) - noise_B + whole_B
    return o_B * (1 - o_B) + whole_B


def _skill(p_N: np.ndarray, o_N: np.ndarray, weights_BN: np.ndarray) -> np.ndarray:
    o_B = weights_BN @ o_N
    constant_B = o_B * (1 - o_B)
    with np.errstate(divide="ignore", invalid="ignore"):
        found_B = 1 - (weights_BN @ (p_N - o_N) ** 2) / constant_B
    return np.where(constant_B > 1e-12, found_B, np.nan)


def _group(
    p_N: np.ndarray, o_N: np.ndarray, clusters_N: np.ndarray | None, in_N: np.ndarray, level: float
) -> ForecastGroup:
    own = None if clusters_N is None else clusters_N[in_N]
    share = _plain(mean_score(o_N[in_N], clusters=own, level=level))
    return ForecastGroup(float(p_N[in_N].mean()), share, int(in_N.sum()))


def _plain(found: Estimate) -> Estimate:
    return Estimate(found.value, found.low, found.high)
