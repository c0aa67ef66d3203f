"""Sequential spot check: audits that stop as soon as the evidence suffices."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np

from truing.arguments import AtLeastOne, Within
from truing.measures import clopper_pearson
from truing.stress._monitor import StudyMonitor, Suspicion, View, monitor
from truing.stress.monitors._stop import stopped
from truing.stress.monitors.studies._heads import Trusted
from truing.stress.monitors.studies._spot_check import audited_errors

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
        wrong = view.trusted.beliefs.argmax(axis=1) != view.truth
        rate = _largest_rate(wrong, alpha) if isinstance(tolerance, str) else tolerance
        return stopped(audited_errors(view), rate, view.count, alpha / 2 if auto else alpha)

    return StudyMonitor(suspect, trusted=trusted if auto else 0, audits=audits)


def _largest_rate(wrong: np.ndarray, alpha: float) -> float:
    """Upper bound of the error rate on trusted items, which is too low with probability alpha/2.

    Args:
        wrong: (t,) whether each trusted item is wrong.
        alpha: probability of a stop for an honest system.
    """
    bound = clopper_pearson(int(wrong.sum()), len(wrong), 1 - alpha)
    assert bound.high is not None, "the interval of a rate has both ends"
    return min(bound.high, LARGEST_RATE)
