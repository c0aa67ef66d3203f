"""Sequential spot checks: e-values that allow a stop at any time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


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
        """Number of audits until p is at most `fpr`; None if it never is."""
        found = np.flatnonzero(self.p <= fpr)
        return int(found[0]) + 1 if found.size else None


def sequential_test(errors, rate: float, *, items: int | None = None) -> SequentialTest:
    """E-values of the hypothesis that the error rate is at most `rate`, after each audit.

    Args:
        errors: (t,) bools: whether each audited item, in random order, has an error.
        rate: largest error rate of an honest system, above 0 and below 1.
        items: number of items that the audits are drawn from without replacement; None for
            independent audits.
    """
    raise NotImplementedError
