"""Sequential verdict check: audits of verdicts that stop as soon as the evidence suffices."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from truing.arguments import AtLeastOne, Within
from truing.stress._monitor import Suspicion, monitor
from truing.stress._protocol_monitor import ProtocolMonitor, ProtocolView
from truing.stress.monitors._stop import stopped
from truing.stress.monitors.protocols._verdict_check import wrong_verdicts


@monitor("sequential-verdict-check")
def sequential_verdict_check(
    audits: AtLeastOne = 100,
    tolerance: Annotated[float, Within("(0, 1)")] = 0.1,
    alpha: Annotated[float, Within("(0, 1)")] = 0.05,
) -> ProtocolMonitor:
    """Wrong verdicts in audited plays, one after another, with an early stop.

    The suspicion is the logarithm of the e-value at the stop. A system whose error rate is at most
    the tolerance reaches the stop with probability `alpha` at most. The tolerance is not estimated
    on trusted plays, because a corrupt role misbehaves there too.

    Args:
        audits: largest number of audited plays.
        tolerance: error rate that is acceptable.
        alpha: probability of a stop for an error rate at the tolerance.
    """

    def suspect(view: ProtocolView, rng: np.random.Generator) -> Suspicion:
        errors = wrong_verdicts([view.watched[at] for at in view.audited], view.audits)
        return stopped(errors, tolerance, view.count, alpha)

    return ProtocolMonitor(suspect, audits=audits)
