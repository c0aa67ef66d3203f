"""Stopping in words: the confidence sequence of a run, and why the run stopped."""

from __future__ import annotations

from truing.measures import Estimate
from truing.oversight.stopping import Stopping
from truing.report._texts import signed_text

FIXED = (
    "All other intervals and p-values of this run are for a fixed number of questions. They are "
    "not valid for the difference at which the run stopped."
)


def stopping_lines(stopping: Stopping) -> list[str]:
    """Where the run stopped, its difference with the interval of the sequence, and a caution.

    Examples:
        >>> from truing.oversight.stopping import StopPoint, StopRule, Stopping
        >>> from truing.report import stopping_lines
        >>> rule = StopRule("debate", "blind", decides=True)
        >>> made = Stopping(rule, 400, (StopPoint(75, 75, 0.3, 0.1, 0.5),), "difference")
        >>> print(*stopping_lines(made)[:2], sep="\\n")
        stopped after 75 of 400 questions: the interval of debate > blind excludes 0
        debate minus blind: +0.300 [+0.100, +0.500], confidence sequence at alpha 0.05
    """
    last, rule = stopping.last, stopping.rule
    if last is None:
        return []
    reasons = {
        "difference": f"the interval of {rule.text} excludes 0",
        "precision": f"the interval of {rule.text} is narrower than +-{rule.precision:g}",
    }
    why = reasons.get(stopping.why, f"{rule.text} is not known to +-{rule.precision:g}")
    state = "stopped" if stopping.why else "not stopped"
    found = signed_text(Estimate(last.value, last.low, last.high)) if last.compared else "unknown"
    return [
        f"{state} after {last.questions:,} of {stopping.total:,} questions: {why}",
        f"{rule.first} minus {rule.second}: {found}, confidence sequence at alpha {rule.alpha:g}",
        *([FIXED] if stopping.why else []),
    ]


def stopping_sentences(stopping: Stopping) -> tuple[str, ...]:
    """The lines as sentences, for a page."""
    return tuple(f"{line[0].upper()}{line[1:].rstrip('.')}." for line in stopping_lines(stopping))
