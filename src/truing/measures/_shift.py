"""PGR under shift: PGR by domain, its drop from home, and the mean and the worst over domains."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from truing.measures._bootstrap import ONE_SEED_NOTE, Spread
from truing.measures._checks import check_baseline, check_resampling
from truing.measures._estimate import UNDEFINED, Estimate
from truing.measures._gap import SMALLEST_GAP
from truing.measures._joint import DomainScores, JointPGRs, sample_jointly

FEWEST_DOMAINS = 3  # two domains do not show how much domains differ


@dataclass(frozen=True)
class ShiftEstimate:
    """PGRs of a student under shift.

    The mean is over the domains whose PGR has a bounded interval. With three or more of them the
    interval covers the choice of domains: these are the units of Student's interval, as in
    `mean_over_tasks`. With one or two it covers seeds and items only.

    The interval of the worst is for the lowest true PGR, m, of the D domains. Let alpha be
    1 - level.

    - Its lower end is the smallest lower end. m is the true PGR of some domain, and m is below the
      smallest lower end only if it is below that domain's own, which has probability alpha / 2.
    - Its upper end is the smallest upper end at level 1 - alpha / D (Bonferroni). m is above it
      only if in some domain the true PGR, which is m or more, is above the upper end. Each of D
      domains has probability alpha / (2 D), so the sum is at most alpha / 2.

    So the interval covers m with probability `level` or more, without knowing which domain is the
    worst. The probability is above `level`: 1 - alpha / 2 - alpha / (2 D) if one domain is clearly
    the worst, and higher if several are nearly equal, because the smallest lower end is then hardly
    ever too high. The value is the lowest PGR found, which is below m on average if domains are
    nearly equal.

    A domain without a PGR (no gap) is not the worst. Unless its gap is clearly not positive, its
    PGR may exist and be anything: the worst then has no lower end.

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

    Each PGR is that of `estimate_pgr`, up to the randomness of replicates. A replicate without a
    positive gap counts as there: as -inf for the low end and as +inf for the high end.

    The interval of a drop covers seeds and items, and is paired: an effect of a seed or of a shared
    cluster that is equal at home and in the domain cancels.

    `ShiftEstimate` states how the mean and the worst over domains get their intervals.

    Args:
        home: scores at home.
        domains: scores of the same seeds in one or more other domains.
        baseline: 'pinned' or 'paired', see `estimate_pgr`.
        rng: random generator of the replicates.
        level: confidence level.
        replicates: number of bootstrap replicates B.

    Raises:
        ValueError: there is no domain, the numbers of seeds differ, the scores of a domain are not
            as in `estimate_pgr`, or an option is out of range. For the Bonferroni correction,
            replicates must be 2 D / alpha or more.

    Examples:
        >>> import numpy as np
        >>> from truing.measures import DomainScores, estimate_shift
        >>> rng = np.random.default_rng(0)
        >>> def score(domain, *accuracies):  # 5 seeds on 400 items that no other domain has
        ...     roles = [rng.random((5, 400)) < accuracy for accuracy in accuracies]
        ...     return DomainScores(*roles, clusters=400 * domain + np.arange(400))
        >>> home = score(0, 0.6, 0.75, 0.9)
        >>> domains = [score(1, 0.6, 0.74, 0.9), score(2, 0.6, 0.65, 0.9), score(3, 0.6, 0.7, 0.9)]
        >>> found = estimate_shift(home, domains, rng=rng)
        >>> f"{found.worst_pgr.value:.2f} [{found.worst_pgr.low:.2f}, {found.worst_pgr.high:.2f}]"
        '0.17 [0.04, 0.35]'
        >>> [f"{drop.value:.2f} [{drop.low:.2f}, {drop.high:.2f}]" for drop in found.drops]
        ['0.05 [-0.12, 0.21]', '0.34 [0.14, 0.54]', '0.13 [-0.04, 0.29]']
    """
    check_baseline(baseline)
    replicates = check_resampling(rng, level, replicates)
    if not domains:
        raise ValueError("domains must contain one or more domains, got none")
    check_resampling(rng, _corrected(level, len(domains)), replicates)
    joint = sample_jointly([home, *domains], baseline, level, rng, replicates)
    drops = tuple(joint.combine({0: 1.0, d: -1.0}) for d in joint.domains)
    counted = [d for d in joint.domains if joint.pgr[d].bounded]
    worst, worst_pgr = _worst(joint)
    note = "; ".join(_notes(joint, counted, worst_pgr))
    return ShiftEstimate(joint.pgr[1:], drops, _mean(joint, counted), worst, worst_pgr, note)


def _corrected(level: float, domains: int) -> float:
    """Level of an interval in each domain, if all are to cover at the given level (Bonferroni)."""
    return 1.0 - (1.0 - level) / domains


def _mean(joint: JointPGRs, counted: Sequence[int]) -> Estimate:
    """Mean over the counted domains."""
    if not counted:
        return UNDEFINED
    weights = {d: 1.0 / len(counted) for d in counted}
    if len(counted) < FEWEST_DOMAINS:
        return joint.combine(weights)
    return _mean_of_population(joint, weights)


def _mean_of_population(joint: JointPGRs, weights: dict[int, float]) -> Estimate:
    """Mean over K domains, with an interval that covers other domains of the same kind.

    The variance between domains, divided by K, has K - 1 degrees of freedom. It lacks noise that is
    common to all domains, such as that of the seeds; the mean covariance of two domains is added.
    Domains may agree by luck more than their noise allows. Student's interval is then too narrow,
    so it is never narrower here than the interval over seeds and items. If domains do not differ,
    this covers up to 99% instead of 95%.
    """
    values_K = np.array([joint.samples[d].value for d in weights])
    K, mean = values_K.size, float(values_K.mean())
    noise = joint.effects_of(weights).spread
    own = float(np.mean([joint.effects_of({d: 1.0}).spread.variance for d in weights]))
    common = max((K * noise.variance - own) / (K - 1), 0.0)
    between = float(values_K.var(ddof=1)) / K
    reach = max(_reach(noise, joint.level), _reach_between(between, K, common, noise, joint.level))
    return Estimate(mean, mean - reach, mean + reach)


def _reach(noise: Spread, level: float) -> float:
    """Half the width of Student's interval over seeds and items."""
    return _student(noise.variance, noise.degrees_of_freedom, level)


def _reach_between(between: float, K: int, common: float, noise: Spread, level: float) -> float:
    """Half the width of Student's interval over domains, with Satterthwaite's freedom."""
    weighed = between**2 / (K - 1) + common**2 / noise.degrees_of_freedom
    freedom = (between + common) ** 2 / weighed if weighed > 0.0 else np.inf
    return _student(between + common, freedom, level)


def _student(variance: float, freedom: float, level: float) -> float:
    return float(stdtrit(freedom, (1.0 + level) / 2.0) * np.sqrt(variance))


def _worst(joint: JointPGRs) -> tuple[int | None, Estimate]:
    """Index of the domain with the lowest PGR, and its PGR with the interval of the lowest."""
    found = {d: value for d in joint.domains if (value := joint.pgr[d].value) is not None}
    if not found:
        return None, UNDEFINED
    worst = min(found, key=lambda d: found[d])
    corrected = _corrected(joint.level, len(joint.domains))
    highs = [joint.samples[d].statistic(corrected).estimate(corrected).high for d in found]
    high = min((end for end in highs if end is not None), default=None)
    lows = [joint.pgr[d].low for d in joint.domains if d in found or _may_have_gap(joint, d)]
    low = None if None in lows else min(end for end in lows if end is not None)
    return worst - 1, Estimate(found[worst], low, high)


def _may_have_gap(joint: JointPGRs, domain: int) -> bool:
    """Whether the gap of a domain without a PGR may be positive after all."""
    high = joint.samples[domain].gap_estimate(joint.level).high
    return high is None or high > SMALLEST_GAP


def _notes(joint: JointPGRs, counted: Sequence[int], worst_pgr: Estimate) -> list[str]:
    """Sentences about what is undefined, unbounded or not covered."""
    D, lacking = len(joint.domains), sum(bool(joint.samples[d].why) for d in joint.domains)
    notes = []
    if joint.samples[0].why:
        notes.append("no drops: the PGR at home is undefined")
    if lacking:
        verb = "has" if lacking == 1 else "have"
        notes.append(f"{lacking} of {D} domains {verb} no PGR and cannot be the worst")
    if lacking < D and worst_pgr.low is None:
        notes.append("the worst has no lower end: the gap of a domain is not clearly positive")
    if counted and len(counted) < D:
        notes.append(f"the mean is over the {len(counted)} of {D} domains with a bounded PGR")
    if D > 1 and 0 < len(counted) < FEWEST_DOMAINS:
        notes.append("the interval of the mean covers seeds and items, not the choice of domains")
    if joint.samples[0].totals.sums.shape[1] == 1:
        notes.append(ONE_SEED_NOTE)
    return notes
