"""PGR under shift: PGR by domain, its drop from home, and the mean and the worst over domains.

The same models (seeds) are scored on the test items of several domains. One set of bootstrap
replicates serves all domains: a seed has the same multiplier and a cluster has the same weight in
each of them. So the interval of a drop is that of a paired difference.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from truing.measures._bootstrap import ONE_SEED_NOTE, CrossedMoves, sum_clusters
from truing.measures._checks import (
    check_baseline,
    check_clusters,
    check_correctness,
    check_resampling,
    check_scores,
)
from truing.measures._effects import Effects
from truing.measures._estimate import UNDEFINED, Estimate, percentile_estimate
from truing.measures._metrics import smallest_class
from truing.measures._pgr import check_roles, steps_between
from truing.measures._pgr_sample import PGR_SAMPLES, PGRSample

FEWEST_DOMAINS = 3  # two domains do not show how much domains differ


@dataclass(frozen=True)
class DomainScores:
    """Scores of the same models on the test items of one domain.

    Attributes:
        weak: (S, N) correctness, 0..1, of the supervisor of each seed on each test item; or
            `item_scores` of another metric.
        transfer: (S, N) correctness or scores of the student on the same seeds and items.
        ceiling: (S, N) correctness or scores of the ceiling on the same seeds and items.
        clusters: (N,) integers. Items with equal integers are related, also across domains.
        truth: (N,) classes of the items, if the arrays are scores of another metric than accuracy.

    Examples:
        >>> import numpy as np
        >>> from truing.measures import DomainScores
        >>> correct = np.ones((5, 200), dtype=bool)  # (seeds, items)
        >>> domain = DomainScores(correct, correct, correct, clusters=np.arange(200))
        >>> domain.truth is None
        True
    """

    weak: np.ndarray
    transfer: np.ndarray
    ceiling: np.ndarray
    clusters: np.ndarray
    truth: np.ndarray | None = None


@dataclass(frozen=True)
class ShiftEstimate:
    """PGRs of a student under shift.

    Attributes:
        pgr: PGR in each domain.
        drops: PGR at home minus PGR in each domain; undefined if one of the two is.
        mean: mean PGR over domains.
        worst: index of the domain with the lowest PGR; None if no domain has a PGR.
        worst_pgr: its PGR, with an interval for the lowest true PGR.
        note: sentences about what is undefined, unbounded or not covered; '' if there are none.
    """

    pgr: tuple[Estimate, ...]
    drops: tuple[Estimate, ...]
    mean: Estimate
    worst: int | None
    worst_pgr: Estimate
    note: str


def estimate_shift(
    home: DomainScores,
    domains: Sequence[DomainScores],
    *,
    baseline: str = "pinned",
    rng: np.random.Generator,
    level: float = 0.95,
    replicates: int = 2000,
) -> ShiftEstimate:
    """PGR in each domain, its drop from home, and the mean and the worst over domains.

    Each PGR is that of `estimate_pgr`, up to the randomness of replicates. The intervals of the
    drops cover seeds and items. They are paired: an effect of a seed or of a shared cluster that is
    equal at home and in the domain cancels.

    Args:
        home: scores at home.
        domains: scores of the same seeds in one or more other domains.
        baseline: 'pinned' or 'paired', see `estimate_pgr`.
        rng: random generator of the replicates.
        level: confidence level.
        replicates: number of bootstrap replicates B.

    Raises:
        ValueError: there is no domain, the numbers of seeds differ, or a domain is not as in
            `estimate_pgr`.

    Examples:
        >>> import numpy as np
        >>> from truing.measures import DomainScores, estimate_shift
        >>> rng = np.random.default_rng(0)
        >>> def score(first, *accuracies):  # 400 items of their own, seen by 5 seeds
        ...     roles = (rng.random((5, 400)) < accuracy for accuracy in accuracies)
        ...     return DomainScores(*roles, clusters=first + np.arange(400))
        >>> home = score(0, 0.6, 0.75, 0.9)
        >>> domains = [score(400, 0.6, 0.7, 0.9), score(800, 0.6, 0.65, 0.9)]
        >>> found = estimate_shift(home, domains, rng=rng)
        >>> found.worst
        1
    """
    check_baseline(baseline)
    replicates = check_resampling(rng, level, replicates)
    if not domains:
        raise ValueError("domains must contain one or more domains, got none")
    samples, effects = _sample_together([home, *domains], baseline, rng, replicates)
    pgr = [sample.statistic(level).estimate(level) for sample in samples]
    joint = _Joint(samples, effects, pgr, level)
    drops = tuple(joint.combine({0: 1.0, d: -1.0}) for d in joint.domains)
    mean, mean_note = _mean(joint)
    worst, worst_pgr, worst_note = _worst(joint)
    one_seed = ONE_SEED_NOTE if samples[0].totals.sums.shape[1] == 1 else ""
    note = "; ".join(filter(None, (mean_note, worst_note, one_seed)))
    return ShiftEstimate(tuple(pgr[1:]), drops, mean, worst, worst_pgr, note)


def _sample_together(
    scores: Sequence[DomainScores], baseline: str, rng: np.random.Generator, replicates: int
) -> tuple[list[PGRSample], list[Effects | None]]:
    """PGRs of home and the domains on one set of replicates; effects are None if undefined."""
    checked = [
        _check_domain("home" if d == 0 else f"domains[{d - 1}]", one)
        for d, one in enumerate(scores)
    ]
    if len({steps.shape[1] for steps, _, _ in checked}) > 1:
        numbers = ", ".join(str(steps.shape[1]) for steps, _, _ in checked)
        raise ValueError(f"home and domains must have the same seeds, got {numbers} seeds")
    totals = [sum_clusters(steps_3SN, clusters_N) for steps_3SN, clusters_N, _ in checked]
    named = [np.unique(clusters_N) for _, clusters_N, _ in checked]
    every_U = np.unique(np.concatenate(named))
    places = [np.searchsorted(every_U, names_C) for names_C in named]
    moves = CrossedMoves.draw_together(totals, places, every_U.size, rng, replicates)
    kind, units = PGR_SAMPLES[baseline], [units for _, _, units in checked]
    samples = [kind(*one) for one in zip(totals, moves, units, strict=True)]
    effects = [
        None if one.why else Effects.of(one.influences(), place, every_U.size, one.units)
        for one, place in zip(samples, places, strict=True)
    ]
    return samples, effects


def _check_domain(name: str, scores: DomainScores) -> tuple[np.ndarray, np.ndarray, int | None]:
    """Steps (3, S, N) between the roles of a domain, its clusters (N,), and its units."""
    check = check_correctness if scores.truth is None else check_scores
    roles = {f"{name}.{role}": getattr(scores, role) for role in ("weak", "transfer", "ceiling")}
    steps_3SN = steps_between(check_roles(check, **roles))
    clusters_N = check_clusters(scores.clusters, steps_3SN.shape[-1])
    if clusters_N is None or np.unique(clusters_N).size < 2:
        raise ValueError(f"{name}.clusters must be integers of 2 or more clusters")
    units = None if scores.truth is None else smallest_class(scores.truth, clusters_N)
    return steps_3SN, clusters_N, units


@dataclass(frozen=True)
class _Joint:
    """Home (index 0) and domains (1, 2, ...) on one set of replicates."""

    samples: Sequence[PGRSample]
    effects: Sequence[Effects | None]
    pgr: Sequence[Estimate]
    level: float

    @property
    def domains(self) -> range:
        return range(1, len(self.samples))

    def effects_of(self, weights: dict[int, float]) -> Effects:
        """Effects on a weighted sum of PGRs that are defined."""
        effects = [one for d in weights if (one := self.effects[d]) is not None]
        return Effects.combine(list(weights.values()), effects)

    def combine(self, weights: dict[int, float]) -> Estimate:
        """Weighted sum of PGRs with an interval over seeds and items; undefined if one of them is.

        A replicate without a positive gap in one of the domains counts as in `estimate_pgr`.
        """
        if any(self.samples[d].why for d in weights):
            return UNDEFINED
        stretch = self.effects_of(weights).spread.stretch(self.level)
        value, replicates_B, undefined_B = 0.0, np.zeros(1), np.zeros(1, dtype=bool)
        for d, weight in weights.items():
            moved_B, lost_B = self.samples[d].replicates(stretch, self.level)
            value += weight * self.samples[d].value
            replicates_B = replicates_B + weight * moved_B
            undefined_B = undefined_B | lost_B
        return percentile_estimate(float(value), replicates_B, self.level, undefined=undefined_B)


def _mean(joint: _Joint) -> tuple[Estimate, str]:
    """Mean over the domains with a bounded interval, and a note."""
    counted = [d for d in joint.domains if joint.pgr[d].value is not None and joint.pgr[d].bounded]
    notes = []
    if len(counted) < len(joint.domains):
        share = f"{len(counted)} of {len(joint.domains)} domains"
        notes.append(f"the mean is over {share}: in the others the gap is not clearly positive")
    if not counted:
        return UNDEFINED, "; ".join(notes)
    weights = {d: 1.0 / len(counted) for d in counted}
    if len(counted) >= FEWEST_DOMAINS:
        return _over_domains(joint, weights), "; ".join(notes)
    if len(joint.domains) > 1:
        notes.append(
            f"the interval of the mean covers seeds and test items, not the choice of domains, "
            f"which needs {FEWEST_DOMAINS} or more"
        )
    return joint.combine(weights), "; ".join(notes)


def _over_domains(joint: _Joint, weights: dict[int, float]) -> Estimate:
    """Mean over domains, with an interval that covers other domains of the same kind.

    As in `mean_over_tasks`, domains are the units of Student's interval. The standard deviation
    between domains does not contain the noise that all domains share, such as that of the seeds;
    its variance (the mean covariance of two domains) is added. The interval is never narrower than
    the one over seeds and items alone.
    """
    values_K = np.array([joint.pgr[d].value for d in weights], dtype=float)
    K, mean = values_K.size, float(values_K.mean())
    noise = joint.effects_of(weights).spread
    own = sum(joint.effects_of({d: 1.0}).spread.variance for d in weights)
    shared = max((K * noise.variance - own / K) / (K - 1), 0.0)
    between = float(values_K.var(ddof=1)) / K
    reaches = [_reach(noise.variance, noise.degrees_of_freedom, joint.level)]
    if between > 0.0:
        weighed = between**2 / (K - 1) + shared**2 / noise.degrees_of_freedom
        reaches.append(_reach(between + shared, (between + shared) ** 2 / weighed, joint.level))
    return Estimate(mean, mean - max(reaches), mean + max(reaches))


def _reach(variance: float, freedom: float, level: float) -> float:
    """Half the width of Student's interval."""
    return float(stdtrit(freedom, (1.0 + level) / 2.0) * np.sqrt(variance))


def _worst(joint: _Joint) -> tuple[int | None, Estimate, str]:
    """Index of the domain with the lowest PGR, its PGR with the interval of the lowest, a note."""
    found = {d: value for d in joint.domains if (value := joint.pgr[d].value) is not None}
    lacking = [d for d in joint.domains if d not in found]
    # A domain whose gap may be positive after all may have any PGR.
    unclear = [d for d in lacking if (joint.samples[d].gap_estimate(joint.level).high or 0.0) > 0]
    note = ""
    if lacking:
        note = f"{len(lacking)} of {len(joint.domains)} domains have no PGR and are not the worst"
        if unclear and found:
            note += ", and the worst has no lower bound: a gap may exist there"
    if not found:
        return None, UNDEFINED, note
    worst = min(found, key=lambda d: found[d])
    lows = [joint.pgr[d].low for d in found]
    corrected = 1.0 - (1.0 - joint.level) / len(joint.domains)
    highs = [joint.samples[d].statistic(corrected).estimate(corrected).high for d in found]
    low = None if unclear or None in lows else min(one for one in lows if one is not None)
    high = min((one for one in highs if one is not None), default=None)
    return worst - 1, Estimate(found[worst], low, high), note
