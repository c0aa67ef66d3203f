"""Spot check: random items whose ground truth is looked up.

If K of N items are attacked, n random audits include an attacked item with the hypergeometric
probability 1 - C(N - K, n) / C(N, n). AI control calls n the audit budget (Greenblatt et al. 2023).
"""

from __future__ import annotations

from typing import Annotated

import numpy as np

from truing.arguments import AtLeastOne, Within
from truing.stress._monitor import StudyMonitor, Suspicion, View, monitor
from truing.stress.monitors._suspicion import of_errors


@monitor("spot-check")
def spot_check(
    audits: AtLeastOne = 50, tolerance: Annotated[float, Within("[0, 1)")] = 0.0
) -> StudyMonitor:
    """Errors of the system on random audited items, with exact binomial bounds.

    All items are equally suspicious, so that they are audited in random order.

    Args:
        audits: number of audited items.
        tolerance: error rate that is acceptable. The suspicion is then -log p of the hypothesis
            that the error rate is at most this rate; at 0 it is the share of errors.
    """

    def suspect(view: View, rng: np.random.Generator) -> Suspicion:
        return of_errors(audited_errors(view), tolerance, view.count)

    return StudyMonitor(suspect, audits=audits)


def audited_errors(view: View) -> np.ndarray:
    """(a,) whether the system's answer to each audited item is wrong, in the order of audits."""
    return np.asarray(view.watched.beliefs[view.audited].argmax(axis=1) != view.audits)
