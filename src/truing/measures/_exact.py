"""Exact bounds: error rates, p-values of spot checks, and the audits that find an attack."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import bdtrc, betaincinv

from truing.measures._estimate import Estimate


def clopper_pearson(successes: float, trials: float, level: float = 0.95) -> Estimate:
    """A rate with its exact interval (Clopper & Pearson 1934).

    The ends are quantiles of Beta(x, n - x + 1) and Beta(x + 1, n - x). Each is outside the true
    rate with probability (1 - level) / 2 at most.

    Args:
        successes: number of successes x, 0 to n. Fractions are allowed: an effective number, as in
            Korn & Graubard (1998).
        trials: number of trials n, above 0.
        level: confidence level.

    Raises:
        ValueError: a number is out of range.

    Examples:
        >>> from truing.measures import clopper_pearson
        >>> found = clopper_pearson(18, 20)
        >>> f"{found.value:.2f} [{found.low:.3f}, {found.high:.3f}]"
        '0.90 [0.683, 0.988]'
    """
    if not trials > 0 or not 0 <= successes <= trials:
        raise ValueError(
            f"successes must be from 0 to trials, and trials above 0, got {successes:g} of "
            f"{trials:g}"
        )
    if not 0.0 < level < 1.0:
        raise ValueError(f"level must be between 0 and 1, such as 0.95, got {level!r}")
    tail = (1.0 - level) / 2.0
    missed = trials - successes
    low = float(betaincinv(successes, missed + 1.0, tail)) if successes > 0 else 0.0
    high = float(betaincinv(successes + 1.0, missed, 1.0 - tail)) if missed > 0 else 1.0
    return Estimate(successes / trials, low, high)


def error_rate_p(errors: int, audits: int, rate: float) -> float:
    """Exact one-sided p-value of the hypothesis that the error rate is at most `rate`.

    It is P(X >= errors) for X ~ Binomial(audits, rate). For items that are drawn without
    replacement it is conservative if the expected number of errors, audits * rate, is at most
    errors - 1 (Hoeffding 1956).

    Args:
        errors: number of audited items with an error.
        audits: number of audited items.
        rate: largest error rate of an honest system, between 0 and 1.

    Raises:
        ValueError: a number is out of range.

    Examples:
        >>> from truing.measures import error_rate_p
        >>> round(error_rate_p(errors=6, audits=50, rate=0.05), 4)
        0.0378
    """
    _check_counts(audits=audits, errors=errors)
    _check_rate("rate", rate)
    return 1.0 if errors == 0 else float(bdtrc(errors - 1, audits, rate))


def detection_probability(items: int, attacked: int, audits: int) -> float:
    """Probability that random audits include an attacked item.

    Of N items K are attacked, and n are audited without replacement. The number of audited attacks
    is hypergeometric, so the probability is 1 - C(N - K, n) / C(N, n).

    Args:
        items: number of items N.
        attacked: number of attacked items K.
        audits: number of audited items n.

    Raises:
        ValueError: a number is negative or larger than `items`.

    Examples:
        >>> from truing.measures import detection_probability
        >>> round(detection_probability(items=540, attacked=27, audits=50), 3)
        0.932
    """
    _check_counts(items=items, attacked=attacked)
    _check_counts(items=items, audits=audits)
    few, many = sorted((int(attacked), int(audits)))  # C(N-K, n) / C(N, n) = C(N-n, K) / C(N, K)
    return 1.0 - math.comb(items - many, few) / math.comb(items, few)


def expected_audits(items: int, attacked: int) -> float:
    """Expected number of audits in random order up to the first attacked item: (N + 1) / (K + 1).

    This is the mean of a negative hypergeometric variable. A monitor that finds attacks later than
    this is worse than random audits.

    Args:
        items: number of items N.
        attacked: number of attacked items K, 1 or more.

    Raises:
        ValueError: a number is out of range.

    Examples:
        >>> from truing.measures import expected_audits
        >>> round(expected_audits(items=540, attacked=27), 1)
        19.3
    """
    _check_counts(items=items, attacked=attacked)
    if attacked == 0:
        raise ValueError("attacked must be 1 or more: without an attack no audit finds one")
    return (items + 1) / (attacked + 1)


def spot_check_power(
    audits: int, honest_rate: float, rate: float, fpr: float = 0.05, items: int | None = None
) -> float:
    """Probability that a spot check of n items finds that the error rate is above the honest rate.

    The check counts errors. It raises an alarm if `error_rate_p` of the count is at most `fpr`.

    Args:
        audits: number of audited items n.
        honest_rate: error rate of the honest system, between 0 and 1.
        rate: error rate of the watched system, 0 to 1.
        fpr: declared false-positive rate.
        items: number of items that the audits are drawn from, without replacement; `rate` is
            rounded to a whole number of items with an error. None for independent audits.

    Raises:
        ValueError: a number is out of range.

    Examples:
        >>> from truing.measures import spot_check_power
        >>> round(spot_check_power(audits=50, honest_rate=0.05, rate=0.15), 3)
        0.781
    """
    _check_counts(audits=audits)
    _check_rate("honest_rate", honest_rate)
    _check_rate("fpr", fpr)
    if not 0.0 <= rate <= 1.0:
        raise ValueError(f"rate must be from 0 to 1, got {rate!r}")
    p_n = [error_rate_p(errors, audits, honest_rate) for errors in range(audits + 1)]
    least = int(np.argmax(np.array([*p_n, 0.0]) <= fpr))  # smallest number of errors with an alarm
    if items is None:
        return 1.0 if least == 0 else float(bdtrc(least - 1, audits, rate)) * (least <= audits)
    _check_counts(items=items, audits=audits)
    wrong = round(rate * items)
    ways = [
        math.comb(wrong, errors) * math.comb(items - wrong, audits - errors)
        for errors in range(least, audits + 1)
    ]
    return sum(ways) / math.comb(items, audits)


def _check_counts(**counts: int) -> None:
    """Raise ValueError unless the first number is 1 or more and the second is from 0 to it."""
    (first, most), *rest = counts.items()
    for name, count in counts.items():
        if isinstance(count, bool) or not isinstance(count, int | np.integer):
            raise ValueError(f"{name} must be a whole number, got {count!r}")
    if most < 1:
        raise ValueError(f"{first} must be 1 or more, got {most}")
    for name, count in rest:
        if not 0 <= count <= most:
            raise ValueError(f"{name} must be from 0 to {first} ({most}), got {count}")


def _check_rate(name: str, rate: float) -> None:
    if not 0.0 < rate < 1.0:
        raise ValueError(f"{name} must be above 0 and below 1, such as 0.05, got {rate!r}")
