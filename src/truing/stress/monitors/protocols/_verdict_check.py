"""Verdict check: random audits of verdicts, as `spot-check` does for answers of students."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import numpy as np

from truing.arguments import AtLeastOne, Within
from truing.stress._monitor import Suspicion, monitor
from truing.stress._protocol_monitor import ProtocolMonitor, ProtocolView, SeenPlay
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
        errors = wrong_verdicts([view.watched[at] for at in view.audited], view.audits)
        return of_errors(errors, tolerance, view.count)

    return ProtocolMonitor(suspect, audits=audits)


def wrong_verdicts(plays: Sequence[SeenPlay], truth: np.ndarray) -> np.ndarray:
    """(a,) whether the most probable answer of each play is wrong, in the order of the plays."""
    answers = np.array([one.stated.argmax() for one in plays], np.int64)
    return np.asarray(answers != truth)
