"""Verdict check: random audits of verdicts, as `spot-check` does for answers of students."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from truing.arguments import AtLeastOne, Within
from truing.stress._monitor import Suspicion, monitor
from truing.stress._protocol_monitor import ProtocolMonitor, ProtocolView
from truing.stress.monitors._suspicion import of_errors


@monitor("verdict-check")
def verdict_check(
    audits: AtLeastOne = 50, tolerance: Annotated[float, Within("[0, 1)")] = 0.0
) -> ProtocolMonitor:
    """Wrong verdicts in random audited plays, with exact binomial bounds.

    All plays are equally suspicious, so that they are audited in random order.

    Args:
        audits: number of audited plays.
        tolerance: error rate that is acceptable. The suspicion is then -log p of the hypothesis
            that the error rate is at most this rate; at 0 it is the share of errors.
    """

    def suspect(view: ProtocolView, rng: np.random.Generator) -> Suspicion:
        answers = [view.watched[at].stated.argmax() for at in view.audited]
        return of_errors(np.array(answers) != view.audits, tolerance, view.count)

    return ProtocolMonitor(suspect, audits=audits)
