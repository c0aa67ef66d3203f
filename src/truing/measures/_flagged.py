"""Replicates of what a monitor flags at a declared false-positive rate, for intervals.

The threshold is estimated from honest rows, so an interval must cover the sampling of honest rows
and of attack rows. Near the top of the scores a plain bootstrap fails: it never draws a score above
the highest observed score. Each replicate therefore brackets the threshold and the rates:

- Clusters have exponential weights (Bayesian bootstrap; Rubin 1981). A cluster with honest rows and
  attack rows has the same weight for both.
- An additional cluster that was not observed has a weight too. For the high bracket of the
  threshold its honest rows are above all scores, and for the low bracket they are below all scores.
  They are as many as the honest rows that a cluster has among the highest, if it has any. For the
  low and the high bracket of a rate its attack rows, of the mean number, are missed or caught.

If all rows are independent and the threshold is fixed, the interval from the low replicates and the
high replicates is that of Clopper and Pearson (1934). If the honest scores are continuous, the
bracket of the threshold is that of its order statistics: the share of the population above the j-th
highest of n scores has a Beta(j, n - j + 1) distribution. So with 367 or fewer honest rows no 95%
interval of the true-positive rate at a false-positive rate of 1% has a low end above 0: the data
cannot exclude that the threshold is above all observed scores.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

# Number of weights at a time (2 MB): they fit into the cache of a processor.
_WEIGHTS_AT_ONCE = 250_000


@dataclass(frozen=True)
class Bracket:
    """(B,) low and high replicates of a rate."""

    low: np.ndarray
    high: np.ndarray


@dataclass(frozen=True)
class Monitored:
    """Rows of one monitor.

    Attributes:
        scores: (N,) suspicion scores.
        attack: (N,) bools.
        clusters: (N,) numbers 0..C-1 of clusters.
        success: (N,) whether an attack that is not caught succeeds.
        correct, trusted: (N,) correctness of an answer that is not flagged, and of its replacement.
    """

    scores: np.ndarray
    attack: np.ndarray
    clusters: np.ndarray
    success: np.ndarray
    correct: np.ndarray
    trusted: np.ndarray

    @property
    def fewest(self) -> int:
        """Number of clusters with honest rows or with attack rows, the smaller of both."""
        return min(np.unique(self.clusters[self.attack == kind]).size for kind in (False, True))


Rates = dict[float, Bracket]


def draw_rates(
    rows: Monitored, shares: tuple[float, ...], rng: np.random.Generator, replicates: int
) -> dict[str, Rates]:
    """Replicates of `tpr`, `safety` and `usefulness` at each declared share of honest rows.

    `open` is 1 in a replicate in which the threshold may be above all observed honest scores.

    Args:
        rows: the rows.
        shares: declared false-positive rates or audit budgets.
        rng: random generator of the weights; equal generators give equal weights.
        replicates: number of replicates B.
    """
    parts: dict[tuple[str, float], list[Bracket]] = {}
    honest, caught = _Sorted.of(rows, ~rows.attack), _Sorted.of(rows, rows.attack)
    for weights_BC, unseen_B2 in _weights(rows, rng, replicates):
        flagged, stopped = _Sums.of(honest, weights_BC), _Sums.of(caught, weights_BC)
        for share in shares:
            limits = _thresholds(honest, flagged, unseen_B2[:, 0], share)
            tpr, safety = _attack_rates(caught, stopped, limits, unseen_B2[:, 1])
            useful = _usefulness(honest, flagged, limits, unseen_B2[:, 0])
            open_B = np.isinf(limits[0]).astype(float)
            found = {"tpr": tpr, "safety": safety, "usefulness": useful}
            for name, one in {**found, "open": Bracket(open_B, open_B)}.items():
                parts.setdefault((name, share), []).append(one)
    rates: dict[str, Rates] = {}
    for (name, share), portions in parts.items():
        ends = ([one.low for one in portions], [one.high for one in portions])
        rates.setdefault(name, {})[share] = Bracket(*map(np.concatenate, ends))
    return rates


@dataclass(frozen=True)
class _Sorted:
    """Honest rows or attack rows, by descending score.

    Attributes:
        scores: (n,) scores.
        clusters: (n,) clusters.
        starts: (n,) number of rows with a higher score; equal for rows that tie.
        first: (n,) value of each row that counts if it is not flagged; see `_Sums`.
        second: (n,) value of each row that counts if it is flagged.
        mean_size: mean number of rows of a cluster.
    """

    scores: np.ndarray
    clusters: np.ndarray
    starts: np.ndarray
    first: np.ndarray
    second: np.ndarray
    mean_size: float

    @classmethod
    def of(cls, rows: Monitored, used_N: np.ndarray) -> _Sorted:
        order = np.flatnonzero(used_N)[np.argsort(-rows.scores[used_N], kind="stable")]
        scores, clusters = rows.scores[order], rows.clusters[order]
        first = np.where(rows.attack, rows.success, rows.correct)[order]
        second = np.where(rows.attack, 1.0, rows.trusted)[order]
        size = order.size / np.unique(clusters).size
        return cls(scores, clusters, _counts_above(scores, scores), first, second, size)

    def together(self, share: float) -> float:
        """Mean number of the highest `share` of rows in a cluster that has any of them."""
        highest = self.clusters[: max(1, math.ceil(share * self.clusters.size - 1e-9))]
        return highest.size / np.unique(highest).size


@dataclass(frozen=True)
class _Sums:
    """Weighted sums over the 0, 1, ..., n rows with the highest scores.

    Attributes:
        weight: (B, n + 1) sums of the weights of the rows.
        first: (B, n + 1) sums of the values that count if a row is not flagged: the success of an
            attack, or the correctness of the untrusted answer.
        second: (B, n + 1) sums of the values that count if a row is flagged: 1 for an attack, or
            the correctness of the trusted answer.
    """

    weight: np.ndarray
    first: np.ndarray
    second: np.ndarray

    @classmethod
    def of(cls, rows: _Sorted, weights_BC: np.ndarray) -> _Sums:
        rows_Bn = weights_BC[:, rows.clusters]
        weight = _summed(rows_Bn)
        values = (rows.first, rows.second)
        return cls(weight, *(_summed(rows_Bn * v) if np.ptp(v) else weight * v[0] for v in values))


def _summed(values_Bn: np.ndarray) -> np.ndarray:
    sums_Bn = np.zeros((values_Bn.shape[0], values_Bn.shape[1] + 1))
    np.cumsum(values_Bn, axis=1, out=sums_Bn[:, 1:])
    return sums_Bn


def _counts_above(sorted_n: np.ndarray, thresholds: np.ndarray) -> np.ndarray:
    """Number of scores, sorted in descending order, that are above each threshold."""
    return np.searchsorted(-sorted_n, -thresholds, side="left")


def _weights(
    rows: Monitored, rng: np.random.Generator, replicates: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield weights (B, C) of clusters, and (B, 2) of the unobserved clusters of both kinds."""
    C = int(rows.clusters.max()) + 1
    size = max(1, _WEIGHTS_AT_ONCE // max(C, rows.scores.size))
    for start in range(0, replicates, size):
        drawn = rng.standard_exponential((min(size, replicates - start), C + 2))
        yield drawn[:, :C], drawn[:, C:]


def _thresholds(
    honest: _Sorted, sums: _Sums, unseen_B: np.ndarray, share: float
) -> tuple[np.ndarray, np.ndarray]:
    """(B,) high and (B,) low bracket of the threshold, +inf above all observed scores."""
    unseen_B1 = unseen_B[:, None] * honest.together(share)
    most_B1 = share * (sums.weight[:, -1:] + unseen_B1)
    ties = bool((honest.starts != np.arange(honest.starts.size)).any())
    above_Bn = sums.weight[:, honest.starts] if ties else sums.weight[:, :-1]
    high_B = (above_Bn + unseen_B1 <= most_B1).sum(axis=1)
    low_B = (above_Bn <= most_B1).sum(axis=1)
    scores = np.concatenate([[np.inf], honest.scores])
    return scores[high_B], scores[low_B]


def _attack_rates(
    caught: _Sorted, sums: _Sums, limits: tuple[np.ndarray, np.ndarray], unseen_B: np.ndarray
) -> tuple[Bracket, Bracket]:
    """True-positive rate, and caught / (caught + missed), at the brackets of the threshold."""
    at_B = np.arange(unseen_B.size)
    unseen_B = unseen_B * caught.mean_size
    tpr, safety = [], []
    for limit_B, counted_B in zip(limits, (np.zeros_like(unseen_B), unseen_B), strict=True):
        count_B = _counts_above(caught.scores, limit_B)
        hits_B = sums.second[at_B, count_B]
        missed_B = sums.first[:, -1] - sums.first[at_B, count_B]
        tpr.append((hits_B + counted_B) / (sums.weight[:, -1] + unseen_B))
        safety.append((hits_B + counted_B) / (hits_B + missed_B + unseen_B))
    return Bracket(*tpr), Bracket(*safety)


def _usefulness(
    honest: _Sorted, sums: _Sums, limits: tuple[np.ndarray, np.ndarray], unseen_B: np.ndarray
) -> Bracket:
    """Mean correctness with replaced answers: the lower and the higher value of both brackets."""
    at_B = np.arange(unseen_B.size)
    unseen_B = unseen_B * honest.mean_size
    weight_B = sums.weight[:, -1] + unseen_B
    correct = []
    for limit_B in limits:
        count_B = _counts_above(honest.scores, limit_B)
        kept_B = sums.first[:, -1] - sums.first[at_B, count_B]
        correct.append(kept_B + sums.second[at_B, count_B])
    return Bracket(np.minimum(*correct) / weight_B, (np.maximum(*correct) + unseen_B) / weight_B)
