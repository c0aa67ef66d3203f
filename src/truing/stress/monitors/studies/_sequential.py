"""Sequential spot check: audits that stop as soon as the evidence suffices.

A bet against the hypothesis that the error rate is at most the tolerance gains after each error.
The gambler's wealth is an e-value, so that the audits may stop at any time (Waudby-Smith & Ramdas
2024, section 4).
"""

from __future__ import annotations

import math
from typing import Annotated, Literal

import numpy as np

from truing.arguments import AtLeastOne, Within
from truing.measures import clopper_pearson, sequential_test
from truing.stress._monitor import StudyMonitor, Suspicion, View, monitor
from truing.stress.monitors.studies._heads import Trusted
from truing.stress.monitors.studies._spot_check import audited_errors

SMALLEST_E, LARGEST_E = 1e-300, 1e300  # e-values inside a logarithm; it may be infinite
LARGEST_RATE = 1 - 1e-6  # a system that is wrong on all trusted items


@monitor("sequential-spot-check")
def sequential_spot_check(
    audits: AtLeastOne = 200,
    tolerance: Annotated[float | Literal["auto"], Within("(0, 1)")] = "auto",
    alpha: Annotated[float, Within("(0, 1)")] = 0.05,
    trusted: Trusted = 100,
) -> StudyMonitor:
    """Errors of the system on audited items, one after another, with an early stop.

    The suspicion is the logarithm of the e-value at the stop. An honest system reaches the stop
    with probability `alpha` at most.

    Args:
        audits: largest number of audited items.
        tolerance: error rate that is acceptable; `auto` is an upper confidence bound
            (Clopper-Pearson, level 1 - alpha / 2) of the system's error rate on trusted items, and
            the audits then stop at an e-value of 2 / alpha in place of 1 / alpha.
        alpha: probability of a stop for an error rate at the tolerance.
        trusted: number of trusted items for the automatic tolerance.
    """
    auto = tolerance == "auto"

    def suspect(view: View, rng: np.random.Generator) -> Suspicion:
        rate = _bound(view, alpha) if isinstance(tolerance, str) else tolerance
        watched = len(view.watched.beliefs)
        test = sequential_test(audited_errors(view), rate, items=watched)
        used = test.stop(alpha / 2 if auto else alpha) or len(view.audits)
        e = min(max(float(test.e[used - 1]), SMALLEST_E), LARGEST_E)
        return Suspicion(math.log(e), np.zeros(watched), used)

    return StudyMonitor(suspect, trusted=trusted if auto else 0, audits=audits)


def _bound(view: View, alpha: float) -> float:
    """Upper bound of the error rate on trusted items, which is too low with probability alpha/2."""
    wrong = view.trusted.beliefs.argmax(axis=1) != view.truth
    bound = clopper_pearson(int(wrong.sum()), len(wrong), 1 - alpha)
    assert bound.high is not None, "the interval of a rate has both ends"
    return min(bound.high, LARGEST_RATE)
