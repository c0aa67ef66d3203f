"""Confidence sequence of a mean difference: an interval that stays valid at any stopping time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

LARGEST_STAKE = 0.75  # share of its wealth that a bettor can lose with one cluster
HALVINGS = 34  # of the range -1..1: ends are exact to 1.2e-10


@dataclass(frozen=True, eq=False)
class ConfidenceSequence:
    """Two bettors against each possible mean difference; `confidence_sequence` makes it.

    Attributes:
        sums: (..., t) sum of the differences of each cluster, in the order of play.
        sizes: (..., t) number of questions of each cluster.
        stakes: (..., t) wanted stake on each cluster, chosen before the cluster was seen.
        largest: largest possible size of a cluster.
    """

    sums: np.ndarray
    sizes: np.ndarray
    stakes: np.ndarray
    largest: float

    @cached_property
    def means(self) -> np.ndarray:
        """(..., t) mean difference per question after each cluster; NaN before any question."""
        questions_t = np.cumsum(self.sizes, axis=-1)
        known_t = np.where(questions_t > 0, questions_t, np.nan)
        return np.cumsum(self.sums, axis=-1) / known_t

    def e_values(self, mean: float) -> np.ndarray:
        """(..., t) e-value against a true mean difference of `mean`, after each cluster.

        If `mean` is the true value, the e-value ever reaches 1 / alpha with probability at most
        alpha (Ville's inequality).
        """
        stakes_t = np.minimum(self.stakes, self._limit(np.asarray(mean)))
        gain_t = stakes_t * (self.sums - mean * self.sizes)
        most_t = np.maximum(
            np.cumsum(np.log1p(gain_t), axis=-1), np.cumsum(np.log1p(-gain_t), axis=-1)
        )
        return np.exp(np.minimum(most_t, 700.0)) / 2.0  # exp(700) is close to the largest float

    def intervals(self, alpha: float, at: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
        """Ends of the interval after the first `at` clusters, both of shape (..., len(at)).

        The true value is outside any of the intervals with probability at most `alpha`, over all
        numbers of clusters together.

        Raises:
            ValueError: alpha is not between 0 and 1, or a number of clusters is out of range.
        """
        if not 0.0 < alpha < 1.0:
            raise ValueError(f"alpha must be above 0 and below 1, got {alpha}")
        if any(not 0 <= count <= self.sums.shape[-1] for count in at):
            raise ValueError(f"at must be from 0 to {self.sums.shape[-1]}, got {list(at)}")
        limit = float(np.log(2.0 / alpha))
        low, high = np.empty((2, *self.sums.shape[:-1], len(at)))
        for place, count in enumerate(at):
            low[..., place] = self._end(count, limit, -1.0)
            high[..., place] = self._end(count, limit, 1.0)
        return low, high

    def _end(self, count: int, limit: float, side: float) -> np.ndarray:
        """(...) the mean at which the capital of one bettor reaches 2 / alpha; `side` if none.

        The capital never falls toward `side`, so that halving the range finds the end.
        """
        sums, sizes = self.sums[..., :count], self.sizes[..., :count]
        stakes = self.stakes[..., :count]
        inside = np.full(self.sums.shape[:-1], -side)
        outside = -inside
        for _ in range(HALVINGS):
            middle = (inside + outside) / 2.0
            mean = middle[..., None]
            gain = side * np.minimum(stakes, self._limit(mean)) * (mean * sizes - sums)
            rejected = np.log1p(gain).sum(axis=-1) >= limit
            inside = np.where(rejected, inside, middle)
            outside = np.where(rejected, middle, outside)
        return outside

    def _limit(self, mean: np.ndarray) -> np.ndarray:
        """Largest stake against a mean, with which no bettor loses everything."""
        return LARGEST_STAKE / (self.largest * (1.0 + np.abs(mean)))


def confidence_sequence(
    sums, sizes=None, *, precision: float, largest: int | None = None
) -> ConfidenceSequence:
    """Confidence sequence of the mean paired difference of two protocols, by betting.

    Clusters (related questions; one question if there are no clusters) come in random order. A
    cluster has n_t questions and the sum S_t of their differences, each in -1..1. For each possible
    mean difference m there are two bettors with capital

        K+(m) = prod of 1 + c_t (S_t - m n_t),   K-(m) = prod of 1 - c_t (S_t - m n_t).

    If m is the true mean, S_t - m n_t has expectation 0 given the clusters before, so that both are
    nonnegative martingales, which reach 2 / alpha at any time with probability at most alpha / 2
    (Ville). The interval contains each m that no bettor has rejected so far. It is valid at every
    number of clusters together, so a run may stop at any time that depends on the results.

    The stake c_t is chosen before cluster t. It is the one that is best against a mean which is
    `precision` away from the true one: c = precision x mean size / variance of S_t - mean n_t. Both
    are estimated from the clusters before, and from one made-up cluster of the largest variance.
    The stake is at most 0.75 / (largest size x (1 + |m|)), so that no bettor loses everything. The
    interval is shortest when it is about as narrow as +-precision.

    Source: hedged capital with predictable plug-in bets, Waudby-Smith & Ramdas 2024, "Estimating
    means of bounded random variables by betting", section 4 (theorem 3). The stake for a target
    precision is ours.

    Args:
        sums: (..., t) sum of the differences of each cluster, in the order of play; leading
            dimensions are independent sequences.
        sizes: (..., t) number of questions of each cluster; None for one question each. A cluster
            without a difference has size 0.
        precision: half of the width at which the interval is shortest, above 0.
        largest: largest size of a cluster, known before the first; None for the largest of `sizes`.

    Raises:
        ValueError: shapes differ, a sum is larger than its size, a size is above `largest`, or
            precision is not above 0.

    Examples:
        >>> import numpy as np
        >>> from truing.measures import confidence_sequence
        >>> rng = np.random.default_rng(0)
        >>> differences = rng.choice([-1, 0, 1], p=[0.1, 0.6, 0.3], size=1000)
        >>> found = confidence_sequence(differences, precision=0.05)
        >>> low, high = found.intervals(0.05, at=[100, 300, 1000])
        >>> [f"{a:+.2f} to {b:+.2f}" for a, b in zip(low, high)]
        ['-0.05 to +0.61', '+0.14 to +0.39', '+0.18 to +0.28']
    """
    sums = np.asarray(sums, dtype=float)
    sizes = np.ones_like(sums) if sizes is None else np.asarray(sizes, dtype=float)
    if sums.ndim < 1 or sums.shape != sizes.shape:
        raise ValueError(f"sums and sizes must be equal in shape, got {sums.shape}, {sizes.shape}")
    if not np.isfinite(sums).all() or (np.abs(sums) > sizes + 1e-9).any():
        raise ValueError("each sum must be a number from -size to size of its cluster")
    most = float(largest if largest is not None else max(sizes.max(initial=0.0), 1.0))
    if sizes.max(initial=0.0) > most:
        raise ValueError(f"sizes must be at most {most:g}, got {sizes.max():g}")
    if not precision > 0.0:
        raise ValueError(f"precision must be above 0, got {precision}")
    return ConfidenceSequence(sums, sizes, _stakes(sums, sizes, precision, most), most)


def _stakes(sums: np.ndarray, sizes: np.ndarray, precision: float, most: float) -> np.ndarray:
    """(..., t) stake on each cluster, from the clusters before."""
    count_t = np.arange(1.0, sums.shape[-1] + 1.0)
    questions_t = np.cumsum(sizes, axis=-1)
    mean_t = np.cumsum(sums, axis=-1) / (questions_t + most)  # one made-up cluster without a change
    squares_t = np.cumsum((sums - mean_t * sizes) ** 2, axis=-1)
    variance_t = (most**2 + _before(squares_t)) / count_t
    size_t = (most + _before(questions_t)) / count_t
    return precision * size_t / variance_t


def _before(totals: np.ndarray) -> np.ndarray:
    """(..., t) running totals before each cluster."""
    return np.concatenate([np.zeros_like(totals[..., :1]), totals[..., :-1]], axis=-1)
