"""The two references: a judge without help, and a judge that reads the hidden text."""

from __future__ import annotations

from truing.oversight.rules import Count, Judge, Protocol, protocol


@protocol("blind")
def blind(panel: Count = 1) -> Protocol:
    """The judge alone, without the hidden text: the lower reference.

    Args:
        panel: number of verdicts drawn from each judge.
    """
    return Protocol(judge=Judge(panel=panel))


@protocol("expert")
def expert(panel: Count = 1) -> Protocol:
    """The judge alone, with the hidden text: the upper reference.

    Args:
        panel: number of verdicts drawn from each judge.
    """
    return Protocol(judge=Judge(panel=panel, sees_hidden=True))
