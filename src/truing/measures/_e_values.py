"""Sequential spot checks: e-values that allow a stop at any time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from truing.measures._suspicion import check_share

# Stakes of the bettors: shares of the wealth that is lost by an item without an error.
STAKES = 2.0 ** -np.arange(1, 8)


@dataclass(frozen=True, eq=False)
class SequentialTest:
    """Evidence against the hypothesis that the error rate is at most that of an honest system.

    Attributes:
        e: (t,) e-value after each audit; the expectation is at most 1 under the hypothesis.
        p: (t,) anytime-valid p-value after each audit: 1 / largest e-value so far, at most 1.
    """

    e: np.ndarray
    p: np.ndarray

    def stop(self, fpr: float) -> int | None:
        """Number of audits until p is at most `fpr`; None if it never is.

        Under the hypothesis, the probability of a number other than None is at most `fpr`.
        """
        check_share("fpr", fpr)
        found = np.flatnonzero(self.p <= fpr)
        return int(found[0]) + 1 if found.size else None


def sequential_test(errors, rate: float, *, items: int | None = None) -> SequentialTest:
    """E-values of the hypothesis that the error rate is at most `rate`, after each audit.

    The e-value is the mean wealth of seven bettors, who start with 1 and bet on errors. Before
    audit t, each stakes a share c of its wealth, c = 1/2, 1/4, ..., 1/128. It multiplies its wealth
    by

        1 + c (x_t / m_t - 1),

    where x_t is 1 for an error and 0 otherwise, and m_t is the largest probability of an error
    under the hypothesis, given the audits before: `rate` for independent audits. For audits of N
    items without replacement, at most `rate` N items have an error, so m_t = (rate N - errors so
    far) / (N - t + 1), at most 1. If m_t is 0, there is no bet: an error disproves the hypothesis,
    and the e-value is infinite.

    Under the hypothesis the expected factor is at most 1, so the wealth is a nonnegative
    supermartingale. By Ville's inequality it reaches 1 / a at any time with probability a at most.
    So an auditor may look after each audit and stop at p <= a (betting martingale; Waudby-Smith &
    Ramdas 2024, "Estimating means of bounded random variables by betting", sections 3 and 5).

    Args:
        errors: (t,) bools: whether each audited item, in random order, has an error.
        rate: largest error rate of an honest system, above 0 and below 1.
        items: number of items that the audits are drawn from without replacement; None for
            independent audits.

    Raises:
        ValueError: the array is not one-dimensional or has values other than 0 and 1, a number is
            out of range, or there are more audits than items.

    Examples:
        >>> from truing.measures import sequential_test
        >>> found = sequential_test([0, 1, 0, 1, 1, 0, 1], rate=0.05)
        >>> [round(float(e), 2) for e in found.e]
        [0.86, 2.65, 2.04, 9.2, 63.2, 38.07, 299.51]
        >>> found.stop(0.05)
        5
    """
    check_share("rate", rate)
    errors_t = np.asarray(errors)
    if errors_t.ndim != 1 or not np.isin(errors_t, (0, 1)).all():
        raise ValueError("errors must be True or False for each audited item, of shape (t,)")
    if items is not None and items < errors_t.size:
        raise ValueError(
            f"items must be at least the number of audits, {errors_t.size}, got {items}"
        )
    errors_t = errors_t.astype(float)
    largest_t = _largest_rates(errors_t, rate, items)
    possible_t = largest_t > 0.0
    gain_t = errors_t / np.where(possible_t, largest_t, 1.0) - 1.0
    with np.errstate(over="ignore"):
        wealth_Jt = np.cumprod(1.0 + STAKES[:, None] * np.where(possible_t, gain_t, 0.0), axis=1)
    disproved_t = np.cumsum((errors_t > 0.0) & ~possible_t) > 0
    e_t = np.where(disproved_t, np.inf, wealth_Jt.mean(axis=0))
    return SequentialTest(e_t, 1.0 / np.maximum(np.maximum.accumulate(e_t), 1.0))


def _largest_rates(errors_t: np.ndarray, rate: float, items: int | None) -> np.ndarray:
    """(t,) largest probability of an error at each audit, given the audits before; 0 to 1."""
    if items is None:
        return np.full(errors_t.size, rate)
    before_t = np.cumsum(errors_t) - errors_t
    left_t = items - np.arange(errors_t.size)
    # The number of items with an error is whole; rounding must not make it smaller.
    most = np.floor(rate * items + 1e-9)
    return np.clip((most - before_t) / left_t, 0.0, 1.0)
