"""Performance gap recovered (PGR): share of the gap from weak supervisor to ceiling.

PGR = (transfer - weak) / (ceiling - weak) (Burns et al. 2023, arXiv 2312.09390, section 3).

The interval comes from the crossed bootstrap in `_bootstrap`. A replicate shifts the accuracies of
all three roles together and computes their ratio, so the interval includes the uncertainty of the
denominator. For normally distributed accuracies it is Fieller's interval (Fieller 1954).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from truing.measures._bootstrap import (
    ONE_SEED_NOTE,
    ClusterSums,
    CrossedMoves,
    estimate_accuracy,
    sum_clusters,
)
from truing.measures._checks import (
    check_baseline,
    check_clusters,
    check_correctness,
    check_resampling,
    check_same_shape,
    check_scores,
)
from truing.measures._estimate import Estimate
from truing.measures._gap import gap_ratio
from truing.measures._metrics import smallest_class
from truing.measures._pgr_sample import PGR_SAMPLES


@dataclass(frozen=True)
class PGREstimate:
    """PGR and the three accuracies that it is computed from, with intervals.

    Attributes:
        pgr: the PGR. Its value is None if undefined, and an end of the interval is None if
            unbounded; `note` states the reason.
        sd: standard deviation (ddof 1) of the PGRs of the seeds; None with one seed, or if the PGR
            is undefined.
        weak, transfer, ceiling: accuracies (or values of another metric) of supervisor, student and
            ceiling, 0..1, means over seeds and items.
        baseline: 'pinned' or 'paired'.
        note: sentences about what is undefined, unbounded or not covered; '' if there are none.
    """

    pgr: Estimate
    sd: float | None
    weak: Estimate
    transfer: Estimate
    ceiling: Estimate
    baseline: str
    note: str


def performance_gap_recovered(weak, transfer, ceiling) -> np.ndarray | float:
    """(transfer - weak) / (ceiling - weak), elementwise; NaN unless ceiling > weak.

    Source: Burns et al. 2023 (arXiv 2312.09390), section 3.

    Args:
        weak: accuracies of the supervisor; numbers or arrays that broadcast together.
        transfer: accuracies of the student trained on the weak labels.
        ceiling: accuracies of the same student trained on the ground truth.

    Raises:
        ValueError: an accuracy is not finite, or the shapes do not broadcast.

    Examples:
        >>> from truing.measures import performance_gap_recovered
        >>> round(performance_gap_recovered(weak=0.7, transfer=0.8, ceiling=0.9), 3)
        0.5
    """
    arrays = [np.asarray(accuracy, dtype=float) for accuracy in (weak, transfer, ceiling)]
    for name, array in zip(("weak", "transfer", "ceiling"), arrays, strict=True):
        if not np.isfinite(array).all():
            raise ValueError(f"{name} contains NaN or infinity; accuracies must be finite")
    try:
        weak, transfer, ceiling = np.broadcast_arrays(*arrays)
    except ValueError:
        shapes = ", ".join(str(array.shape) for array in arrays)
        raise ValueError(
            f"weak, transfer and ceiling must broadcast, got shapes {shapes}"
        ) from None
    pgr = gap_ratio(transfer - weak, ceiling - weak)
    return float(pgr) if pgr.ndim == 0 else pgr


def estimate_pgr(
    weak,
    transfer,
    ceiling,
    *,
    clusters=None,
    truth=None,
    baseline: str = "pinned",
    rng: np.random.Generator,
    level: float = 0.95,
    replicates: int = 2000,
) -> PGREstimate:
    """PGR with an interval over seeds and test items, from correctness or from scores of items.

    A replicate without a positive gap counts as -inf for the low end and +inf for the high end. If
    too many replicates have no positive gap, the interval is unbounded. With one seed it covers
    only the sampling of items. `note` states both.

    Args:
        weak: (S, N) correctness, 0..1, of the supervisor of each seed on each test item; or
            `item_scores` of another metric.
        transfer: (S, N) correctness or scores of the student on the same seeds and items.
        ceiling: (S, N) correctness or scores of the ceiling on the same seeds and items.
        clusters: (N,) integers, equal for related items; None if the items are independent.
        truth: (N,) classes of the items, if the arrays are scores of another metric than accuracy;
            the degrees of freedom are then those of the smallest class.
        baseline: 'pinned' compares each transfer seed with the mean weak and ceiling over all
            seeds, which is the ratio of means; 'paired' averages the PGRs of the single seeds, and
            is undefined if the ceiling of a seed is not above its weak supervisor.
        rng: random generator of the replicates.
        level: confidence level.
        replicates: number of bootstrap replicates B.

    Raises:
        ValueError: shapes differ, values are outside 0..1 or not finite, there are fewer than two
            clusters, or an option is out of range.

    Examples:
        >>> import numpy as np
        >>> from truing.measures import estimate_pgr
        >>> rng = np.random.default_rng(0)
        >>> weak, transfer, ceiling = (rng.random((5, 400)) < p for p in (0.6, 0.75, 0.9))
        >>> found = estimate_pgr(weak, transfer, ceiling, rng=rng).pgr
        >>> f"{found.value:.2f} [{found.low:.2f}, {found.high:.2f}]"
        '0.51 [0.37, 0.63]'
    """
    check_baseline(baseline)
    replicates = check_resampling(rng, level, replicates)
    check = check_correctness if truth is None else check_scores
    roles = check_roles(check, weak=weak, transfer=transfer, ceiling=ceiling)
    units = None if truth is None else smallest_class(truth, clusters)
    totals = sum_clusters(steps_between(roles), check_clusters(clusters, roles[0].shape[1]))
    moves = CrossedMoves.draw(totals, rng, replicates)
    statistic = PGR_SAMPLES[baseline](totals, moves, units).statistic(level)
    notes = (statistic.note(level), ONE_SEED_NOTE if roles[0].shape[0] == 1 else "")
    accuracies = _accuracies([float(role.mean()) for role in roles], totals, moves, level, units)
    note = "; ".join(filter(None, notes))
    return PGREstimate(statistic.estimate(level), statistic.sd, *accuracies, baseline, note)


def check_roles(check: Callable[[str, Any], np.ndarray], **roles) -> list[np.ndarray]:
    """(S, N) correctness or scores of each role, on the same seeds and items."""
    checked = {name: check(name, given) for name, given in roles.items()}
    check_same_shape(**checked)
    return list(checked.values())


def steps_between(roles: list[np.ndarray]) -> np.ndarray:
    """(3, S, N): weak, transfer - weak and ceiling - transfer."""
    weak, transfer, ceiling = roles
    return np.stack([weak, transfer - weak, ceiling - transfer])


def _accuracies(
    accuracies: list[float],
    totals: ClusterSums,
    moves: CrossedMoves,
    level: float,
    units: int | None,
) -> tuple[Estimate, Estimate, Estimate]:
    """Weak, transfer and ceiling accuracy or metric, with intervals clipped to 0..1."""
    # Cumulative sums restore the accuracies from the differences between roles.
    moves_B3 = moves.of_means(totals).cumsum(axis=1)
    influence_3SC = totals.influences().cumsum(axis=0)
    weak, transfer, ceiling = (
        estimate_accuracy(accuracy, moves_B3[:, role], influence_3SC[role], level, units)
        for role, accuracy in enumerate(accuracies)
    )
    return weak, transfer, ceiling
