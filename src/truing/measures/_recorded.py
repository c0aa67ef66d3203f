"""PGR from recorded accuracies: one accuracy per role and seed, without the single items."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from truing.measures._checks import check_baseline, check_resampling
from truing.measures._estimate import Estimate, student_stretch
from truing.measures._gap import NO_GAP_NOTE, SMALLEST_GAP, GapStatistic, gap_ratio, lacking_note
from truing.measures._metrics import Metric
from truing.measures._recorded_accuracies import ROLES, Accuracies, arrange_roles, group_rows


@dataclass(frozen=True)
class RecordedPGR:
    """PGR of one group.

    Attributes:
        group: name of the group, as in the rows.
        pgr: the PGR. Its value is None if undefined, and an end of the interval is None if
            unbounded.
        sd: standard deviation (ddof 1) of the PGRs of the transfer seeds; None with one seed, or if
            the PGR is undefined.
        weak_accuracy: supervisor's accuracy (or metric), mean over its recorded seeds, 0..1.
        transfer_accuracy: student's accuracy (or metric), mean over its recorded seeds.
        ceiling_accuracy: ceiling's accuracy (or metric), mean over its recorded seeds.
        seeds: number of transfer seeds.
        n_test: smallest number of test items behind an accuracy.
        baseline: 'pinned' or 'paired'.
        note: sentences about what is undefined, unbounded or not covered; '' if there are none.
        metric: the recorded metric: accuracy, auroc or balanced_accuracy.
    """

    group: object
    pgr: Estimate
    sd: float | None
    weak_accuracy: float
    transfer_accuracy: float
    ceiling_accuracy: float
    seeds: int
    n_test: int
    baseline: str
    note: str
    metric: Metric = "accuracy"


def pgr_from_accuracies(
    rows: Iterable[Mapping],
    *,
    metric: Metric = "accuracy",
    baseline: str = "pinned",
    rng: np.random.Generator,
    level: float = 0.95,
    replicates: int = 2000,
) -> list[RecordedPGR]:
    """PGR of each group, in order of first appearance, with an interval.

    The interval covers three sources of noise: the transfer seeds; the spread of the baselines over
    their seeds (drawn independently if pinned, jointly by seed if paired); and the sampling of the
    test set, with standard deviation sqrt(a (1 - a) / n_test) for accuracy a. The latter is drawn
    once per role and replicate, because all seeds of a role are scored on the same items. The roles
    are drawn independently, because the single items are unknown, which is conservative. An
    accuracy of exactly 0 or 1 has no sampling noise. Replicates are stretched to Student's
    quantiles, and count without a positive gap, as in `estimate_pgr`.

    The test variance of AUROC is that of Hanley and McNeil (1982, equation 1). For a balanced
    accuracy a of m and n items it is a (1 - a) (1/m + 1/n) / 4, as if both classes had accuracy a.

    Args:
        rows: mappings with `group`, `role` (weak, transfer or ceiling), `seed`, `accuracy` (0..1)
            and `n_test` (number of test items behind the accuracy). Seeds and groups are names: 1
            and "1" are the same seed. With another metric, `auroc` or `balanced_accuracy` takes the
            place of `accuracy`, and `n_positive` is the number of test items of one of both
            classes.
        metric: the recorded metric.
        baseline: 'pinned' compares each transfer seed with the mean weak and ceiling accuracy of
            its group; 'paired' averages the PGRs of the single seeds, and needs the same seeds in
            all roles.
        rng: random generator of the replicates, used for one group after the other.
        level: confidence level.
        replicates: number of replicates B.

    Raises:
        ValueError: there are no rows; a field is missing or out of range; a role is missing; a
            (group, role, seed) occurs twice; or seeds cannot be paired. The message names the
            group.

    Examples:
        >>> import numpy as np
        >>> from truing.measures import pgr_from_accuracies
        >>> accuracies = {"weak": 0.6, "transfer": 0.75, "ceiling": 0.9}
        >>> rows = [
        ...     {"group": "GPT-2", "role": role, "seed": 0, "accuracy": accuracy, "n_test": 1000}
        ...     for role, accuracy in accuracies.items()
        ... ]
        >>> (found,) = pgr_from_accuracies(rows, rng=np.random.default_rng(0))
        >>> f"{found.pgr.value:.2f} [{found.pgr.low:.2f}, {found.pgr.high:.2f}]"
        '0.50 [0.39, 0.61]'
    """
    check_baseline(baseline)
    replicates = check_resampling(rng, level, replicates)
    found: list[RecordedPGR] = []
    for group, roles in group_rows(rows, metric):
        arranged = arrange_roles(group, roles, metric, baseline)
        found.append(_measure_group(group, arranged, baseline, rng, level, replicates))
    return [replace(one, metric=metric) for one in found]


def _measure_group(group, roles, baseline, rng, level, replicates) -> RecordedPGR:
    # Drawn even if the PGR is undefined, so that no group changes the draws of the next group.
    draws_B6 = rng.standard_normal((replicates, 6))
    statistic = (_pinned if baseline == "pinned" else _paired)(roles, draws_B6, level)
    single = [name for name, role in zip(ROLES, roles, strict=True) if role.by_seed.size == 1]
    one_seed = f"only one seed of {', '.join(single)}: the spread over seeds is not covered"
    notes = [statistic.note(level), one_seed if single else ""]
    weak, transfer, ceiling = roles
    return RecordedPGR(
        group,
        statistic.estimate(level),
        statistic.sd,
        weak.mean,
        transfer.mean,
        ceiling.mean,
        seeds=transfer.by_seed.size,
        n_test=min(role.n_test for role in roles),
        baseline=baseline,
        note="; ".join(note for note in notes if note),
    )


def _pinned(roles: list[Accuracies], draws_B6: np.ndarray, level: float) -> GapStatistic:
    """Ratio of mean accuracies; each role has independent seed noise and test noise."""
    weak, transfer, ceiling = (role.mean for role in roles)
    gap = ceiling - weak
    if gap <= SMALLEST_GAP:
        return GapStatistic.without_value(NO_GAP_NOTE)
    pgr = (transfer - weak) / gap
    seed_3 = np.array([role.seed_variance for role in roles])
    test_3 = np.array([role.test_variance for role in roles])
    freedom_3 = np.array([max(role.by_seed.size - 1, 1) for role in roles])
    moves_B3 = np.sqrt(seed_3) * draws_B6[:, :3] + np.sqrt(test_3) * draws_B6[:, 3:]

    def stretch(gradient_3: np.ndarray) -> float:
        return _stretch(gradient_3**2 * seed_3, freedom_3, gradient_3**2 @ test_3, level)

    for_pgr = stretch(np.array([pgr - 1.0, 1.0, -pgr]) / gap)
    weak_B, transfer_B, ceiling_B = (np.array([weak, transfer, ceiling]) + for_pgr * moves_B3).T
    # The sign of the gap is decided with the stretch of the gap, not with that of the PGR.
    gap_moves = stretch(np.array([-1.0, 0.0, 1.0])) * (moves_B3[:, 2] - moves_B3[:, 0])
    no_gap_B = (ceiling_B - weak_B <= SMALLEST_GAP) | (gap + gap_moves <= SMALLEST_GAP)
    own_S = (roles[1].by_seed - weak) / gap
    return GapStatistic(pgr, own_S, gap_ratio(transfer_B - weak_B, ceiling_B - weak_B), no_gap_B)


def _paired(roles: list[Accuracies], draws_B6: np.ndarray, level: float) -> GapStatistic:
    """Mean of the PGRs of the seeds; seed noise is joint, and test noise shifts every seed."""
    weak_S, transfer_S, ceiling_S = (role.by_seed for role in roles)
    gap_S = ceiling_S - weak_S
    lacking = int((gap_S <= SMALLEST_GAP).sum())
    if lacking:
        return GapStatistic.without_value(lacking_note(lacking, gap_S.size))
    own_S = (transfer_S - weak_S) / gap_S
    S, pgr = own_S.size, float(own_S.mean())
    test_3 = np.array([role.test_variance for role in roles])
    seed_variance = float(np.var(own_S, ddof=1)) / S if S > 1 else 0.0
    gradient_3 = np.array(
        [((own_S - 1.0) / gap_S).mean(), (1.0 / gap_S).mean(), (-own_S / gap_S).mean()]
    )
    stretch = _stretch(
        np.array([seed_variance]), np.array([max(S - 1, 1)]), gradient_3**2 @ test_3, level
    )
    noise_B3 = stretch * np.sqrt(test_3) * draws_B6[:, 3:]
    gap_BS = gap_S + (noise_B3[:, 2] - noise_B3[:, 0])[:, None]
    recovered_BS = transfer_S - weak_S + (noise_B3[:, 1] - noise_B3[:, 0])[:, None]
    moved_B = gap_ratio(recovered_BS, gap_BS).mean(axis=1)
    moved_B = moved_B + stretch * np.sqrt(seed_variance) * draws_B6[:, 0]
    return GapStatistic(pgr, own_S, moved_B, (gap_BS <= SMALLEST_GAP).any(axis=1))


def _stretch(seed_parts: np.ndarray, freedom: np.ndarray, test: float, level: float) -> float:
    """Student's t quantile / normal quantile, with Satterthwaite's degrees of freedom.

    Args:
        seed_parts: variances that are estimated from seeds.
        freedom: degrees of freedom of these variances.
        test: binomial variance of the test set, taken as known.
        level: confidence level.
    """
    weighed = float((seed_parts**2 / freedom).sum())
    if weighed == 0.0:
        return 1.0
    degrees = (float(seed_parts.sum()) + test) ** 2 / weighed
    return student_stretch(level, degrees)
