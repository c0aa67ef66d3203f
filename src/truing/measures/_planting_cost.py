"""What planting costs: accuracy of planted systems and of their twins, and attacked items."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from truing.measures._bootstrap import CrossedMoves, estimate_accuracy, estimate_mean
from truing.measures._by_seed import by_seed, number_clusters, pool_seeds
from truing.measures._checks import check_resampling
from truing.measures._contrast import SMALLEST_SPREAD, Resampling, estimate_unseen
from truing.measures._estimate import UNDEFINED, Estimate


@dataclass(frozen=True)
class PlantingCost:
    """Accuracy of planted systems next to their twins. A plant that costs accuracy is easy to find.

    Attributes:
        accuracy, twin_accuracy: accuracy of the planted systems and of the twins.
        cost: accuracy of the twins minus that of the planted systems, paired by seed and item.
        attacked: share of the watched items on which the planted system misbehaves.
    """

    accuracy: Estimate
    twin_accuracy: Estimate
    cost: Estimate
    attacked: Estimate


def measure_cost(
    planted: Sequence[np.ndarray],
    twins: Sequence[np.ndarray],
    attacked: Sequence[np.ndarray],
    *,
    rng: np.random.Generator,
    counted: Sequence[np.ndarray] | None = None,
    clusters: Sequence[np.ndarray] | None = None,
    level: float = 0.95,
    replicates: int = 2000,
) -> PlantingCost:
    """Accuracy of planted systems and twins, their paired difference, and the attacked share.

    Each value is a mean over all items of all seeds. Intervals come from the crossed bootstrap over
    seeds and clusters of items, as those of studies. If planted systems and twins answer equally on
    all items, the interval of the cost is that of `estimate_unseen`.

    Args:
        planted: S arrays (n_s,), correctness 0..1 of the planted system on each watched item; or
            (S, n).
        twins: S arrays (n_s,), correctness of the twin.
        attacked: S arrays (n_s,) of bools, whether the planted system misbehaves on the item.
        rng: random generator of the intervals.
        counted: S arrays (n_s,) of bools, the items that count for accuracy and cost, such as those
            without a trigger; None for all.
        clusters: S arrays (n_s,) of integers, equal for related items, also of other seeds. If
            items are independent, these are numbers of items. None if the i-th item is the same for
            all seeds and items are independent.
        level: confidence level.
        replicates: number of bootstrap replicates.

    Raises:
        ValueError: shapes differ, a value is outside 0..1, or an option is out of range.

    Examples:
        >>> import numpy as np
        >>> from truing.measures import measure_cost
        >>> rng = np.random.default_rng(0)
        >>> twins = (rng.random((20, 300)) < 0.9).astype(float)
        >>> attacked = (rng.random((20, 300)) < 0.05) & (twins == 1)
        >>> found = measure_cost(twins * ~attacked, twins, attacked, rng=rng)
        >>> f"{found.cost.value:.3f} [{found.cost.low:.3f}, {found.cost.high:.3f}]"
        '0.045 [0.040, 0.052]'
    """
    replicates = check_resampling(rng, level, replicates)
    how = Resampling(int(rng.integers(2**63)), level, replicates)
    planted_S = _shares("planted", planted)
    twins_S = _shares("twins", twins, planted_S)
    attacked_S = _shares("attacked", attacked, planted_S)
    clusters_S, count = number_clusters(clusters, [one.size for one in planted_S])
    (share,) = _means([attacked_S], clusters_S, count, how, (0.0, 1.0))
    if counted is not None:
        kept_S = [one > 0 for one in by_seed("counted", counted, planted_S)]
        planted_S, twins_S = _select(planted_S, kept_S), _select(twins_S, kept_S)
        clusters_S = _select(clusters_S, kept_S)
    apart_S = [twin - one for twin, one in zip(twins_S, planted_S, strict=True)]
    accuracy, twin_accuracy = _means([planted_S, twins_S], clusters_S, count, how, (0.0, 1.0))
    (cost,) = _means([apart_S], clusters_S, count, how, (-1.0, 1.0))
    return PlantingCost(accuracy, twin_accuracy, cost, share)


def _shares(
    name: str, values: Sequence[np.ndarray], like: Sequence[np.ndarray] | None = None
) -> list[np.ndarray]:
    """Arrays (n_s,) of values from 0 to 1, one per seed."""
    shares_S = by_seed(name, values, like)
    if any(one.size and (one.min() < 0.0 or one.max() > 1.0) for one in shares_S):
        raise ValueError(f"{name} must be from 0 to 1")
    return shares_S


def _select(arrays_S: Sequence[np.ndarray], kept_S: Sequence[np.ndarray]) -> list[np.ndarray]:
    return [one[kept] for one, kept in zip(arrays_S, kept_S, strict=True)]


def _means(
    values: Sequence[Sequence[np.ndarray]],
    clusters: Sequence[np.ndarray],
    count: int,
    how: Resampling,
    bounds: tuple[float, float],
) -> list[Estimate]:
    """Means of R roles over all items of all seeds, with intervals from one set of weights."""
    if not sum(one.size for one in clusters):
        return [UNDEFINED] * len(values)
    means_R, totals = pool_seeds(values, clusters, count)
    if totals.sizes.size < 2:
        return [Estimate.point(float(mean)) for mean in means_R]
    moves_BR = CrossedMoves.draw(totals, how.rng(), how.replicates).of_means(totals)
    found = []
    for r, influence_SC in enumerate(totals.influences()):
        value = float(means_R[r])
        if bounds == (0.0, 1.0):
            found.append(estimate_accuracy(value, moves_BR[:, r], influence_SC, how.level))
        elif np.abs(influence_SC).max() <= SMALLEST_SPREAD:
            found.append(estimate_unseen(value, bounds, totals.sizes.size, how.level))
        else:
            one = estimate_mean(value, moves_BR[:, r], influence_SC, how.level)
            found.append(one.clipped(*bounds))
    return found
