"""Performance gap recovered: how far a student climbs from its weak supervisor to its ceiling.

PGR = (transfer - weak) / (ceiling - weak) (Burns et al. 2023, arXiv 2312.09390, section 3).

Its interval comes from the crossed bootstrap of `_bootstrap`. A replicate moves the accuracies of
all three roles at once and takes their ratio, so that the uncertain denominator is carried along;
for normal accuracies this is Fieller's interval (Fieller 1954). All sums are of the differences
transfer - weak and ceiling - transfer: where one is exactly zero the ratio is exactly 0 or 1 in
every replicate, and no rounding blurs the two fixed points.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from truing.measures._bootstrap import (
    ONE_SEED_NOTE,
    ClusterSums,
    CrossedMoves,
    estimate_accuracy,
    spread_of,
    sum_clusters,
)
from truing.measures._checks import (
    check_baseline,
    check_clusters,
    check_correctness,
    check_generator,
    check_level,
    check_replicates,
    check_same_shape,
)
from truing.measures._estimate import Estimate
from truing.measures._gap import NO_GAP_NOTE, SMALLEST_GAP, GapStatistic, gap_ratio, lacking_note


@dataclass(frozen=True)
class PGREstimate:
    """PGR with its interval, and the accuracies it is made of with theirs.

    Attributes:
        pgr: without a value where it is undefined, and without an end where it is unbounded (`note`
            says why).
        sd: standard deviation (ddof 1) of the seeds' own PGRs; None with one seed or undefined.
        weak, transfer, ceiling: accuracies of supervisor, student and ceiling, 0..1, means over
            seeds and items.
        baseline: 'pinned' or 'paired'.
        note: '' or plain sentences about what is undefined, unbounded or not covered.
    """

    pgr: Estimate
    sd: float | None
    weak: Estimate
    transfer: Estimate
    ceiling: Estimate
    baseline: str
    note: str


def performance_gap_recovered(weak, transfer, ceiling) -> np.ndarray | float:
    """PGR of accuracies, elementwise; NaN where the ceiling is not above the weak supervisor.

    Args:
        weak: accuracies of the supervisor, numbers or arrays that broadcast together.
        transfer: accuracies of the student trained on the weak labels.
        ceiling: accuracies of the same student trained on the truth.

    Raises:
        ValueError: an accuracy is not finite, or the shapes do not broadcast.
    """
    arrays = [np.asarray(accuracy, dtype=float) for accuracy in (weak, transfer, ceiling)]
    for name, array in zip(("weak", "transfer", "ceiling"), arrays, strict=True):
        if not np.isfinite(array).all():
            raise ValueError(f"{name} holds NaN or infinity; allowed are finite accuracies")
    try:
        weak, transfer, ceiling = np.broadcast_arrays(*arrays)
    except ValueError:
        shapes = ", ".join(str(array.shape) for array in arrays)
        raise ValueError(f"shapes are {shapes}; allowed are shapes that broadcast") from None
    pgr = gap_ratio(transfer - weak, ceiling - weak)
    return float(pgr) if pgr.ndim == 0 else pgr


def estimate_pgr(
    weak,
    transfer,
    ceiling,
    *,
    clusters=None,
    baseline: str = "pinned",
    rng: np.random.Generator,
    level: float = 0.95,
    replicates: int = 2000,
) -> PGREstimate:
    """PGR with an interval over seeds and test items, from correctness arrays.

    'pinned' holds each transfer seed against the mean weak and ceiling accuracy over all seeds and
    averages, which is the ratio of means. 'paired' averages each seed's own PGR, and is undefined
    if any seed's ceiling is not above its weak supervisor.

    A replicate in which the gap is not positive counts as -inf for the low and +inf for the high
    end: where the gap is unclear the interval is unbounded, and says so. With one seed the
    interval covers the items' sampling only, and says so.

    Args:
        weak: (S, N) correctness, 0..1, of the supervisor of each seed on each test item.
        transfer: (S, N) of the student on the same seeds and items.
        ceiling: (S, N) of the ceiling on the same seeds and items.
        clusters: (N,) integers, equal for related items; None where items are independent.
        baseline: 'pinned' or 'paired'.
        rng: source of the replicates; the result is a function of the arrays and its state.
        level: confidence level.
        replicates: number of bootstrap replicates B.

    Raises:
        ValueError: shapes differ, values outside 0..1 or not finite, fewer than two clusters, or
            an option out of range.
    """
    check_baseline(baseline)
    check_generator(rng)
    replicates = check_replicates(replicates, check_level(level))
    weak, transfer, ceiling = (
        check_correctness(name, correct)
        for name, correct in (("weak", weak), ("transfer", transfer), ("ceiling", ceiling))
    )
    check_same_shape(weak=weak, transfer=transfer, ceiling=ceiling)
    steps_RSN = np.stack([weak, transfer - weak, ceiling - transfer])
    totals = sum_clusters(steps_RSN, check_clusters(clusters, weak.shape[1]))
    moves = CrossedMoves.draw(totals, rng, replicates)
    statistic = (_pinned if baseline == "pinned" else _paired)(totals, moves, level)
    one_seed = ONE_SEED_NOTE if weak.shape[0] == 1 else ""
    accuracies = [float(role.mean()) for role in (weak, transfer, ceiling)]
    weak_accuracy, transfer_accuracy, ceiling_accuracy = _accuracies(
        accuracies, totals, moves, level
    )
    return PGREstimate(
        statistic.estimate(level),
        statistic.sd,
        weak_accuracy,
        transfer_accuracy,
        ceiling_accuracy,
        baseline,
        "; ".join(part for part in (statistic.note(level), one_seed) if part),
    )


def _pinned(totals: ClusterSums, moves: CrossedMoves, level: float) -> GapStatistic:
    """The ratio of mean accuracies: (transfer - weak) / (ceiling - weak)."""
    _, recovered, missing = totals.means
    gap = recovered + missing
    if gap <= SMALLEST_GAP:
        return GapStatistic.without_value(NO_GAP_NOTE)
    pgr = recovered / gap
    _, recovered_SC, missing_SC = totals.influences()
    spread = spread_of(((1.0 - pgr) * recovered_SC - pgr * missing_SC) / gap)
    moves_B3 = moves.of_means(totals)
    stretched = totals.means[1:] + spread.stretch(level) * moves_B3[:, 1:]
    gap_B = stretched.sum(axis=1)
    no_gap_B = (gap_B <= SMALLEST_GAP) | _gap_lost(recovered_SC + missing_SC, gap, moves_B3, level)
    weak_S, recovered_S, _ = totals.seed_means
    # Against the pinned baselines: transfer of the seed minus the mean weak accuracy.
    own_S = (recovered_S + weak_S - weak_S.mean()) / gap
    return GapStatistic(pgr, own_S, gap_ratio(stretched[:, 0], gap_B), no_gap_B)


def _gap_lost(gap_SC: np.ndarray, gap: float, moves_B3: np.ndarray, level: float) -> np.ndarray:
    """(B,) whether the gap, at its own quantile and not PGR's, is not positive."""
    moved = moves_B3[:, 1] + moves_B3[:, 2]
    return gap + spread_of(gap_SC).stretch(level) * moved <= SMALLEST_GAP


def _paired(totals: ClusterSums, moves: CrossedMoves, level: float) -> GapStatistic:
    """The mean of the seeds' own PGRs."""
    _, recovered_S, missing_S = totals.seed_means
    gap_S = recovered_S + missing_S
    lacking = int((gap_S <= SMALLEST_GAP).sum())
    if lacking:
        return GapStatistic.without_value(lacking_note(lacking, gap_S.size))
    own_S = recovered_S / gap_S
    _, recovered_SC, missing_SC = totals.sums / (totals.sizes.sum() / totals.sizes.size)
    # Each seed's ratio linearised; its own PGR is left in as the seed's effect. The cluster sizes
    # cancel: (1 - p) recovered - p missing has mean zero in every seed.
    pull_SC = (1.0 - own_S)[:, None] * recovered_SC - own_S[:, None] * missing_SC
    stretch = spread_of(own_S[:, None] + pull_SC / gap_S[:, None]).stretch(level)
    recovered_BS = recovered_S + stretch * moves.by_seed[:, 1]
    gap_BS = recovered_BS + missing_S + stretch * moves.by_seed[:, 2]
    by_clusters_B = gap_ratio(recovered_BS, gap_BS).mean(axis=1)
    by_seeds_B = stretch * moves.across_seeds(own_S[None])[:, 0]
    undefined_B = (gap_BS <= SMALLEST_GAP).any(axis=1)
    return GapStatistic(float(own_S.mean()), own_S, by_clusters_B + by_seeds_B, undefined_B)


def _accuracies(
    accuracies: list[float], totals: ClusterSums, moves: CrossedMoves, level: float
) -> list[Estimate]:
    """The weak, transfer and ceiling accuracy, with intervals cut to 0..1."""
    # Cumulative sums undo the differences: weak, weak + recovered, weak + recovered + missing.
    moves_B3 = moves.of_means(totals).cumsum(axis=1)
    influence_3SC = totals.influences().cumsum(axis=0)
    return [
        estimate_accuracy(accuracy, moves_B3[:, role], influence_3SC[role], level)
        for role, accuracy in enumerate(accuracies)
    ]
