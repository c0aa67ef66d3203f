"""The two ends of the scale: a judge that is not helped, and one that sees everything."""

from __future__ import annotations

from truing.oversight._protocol import Count, Judge, Protocol, protocol


@protocol("blind")
def blind(panel: Count = 1) -> Protocol:
    """The judge alone, without the hidden text: what help is measured against.

    Args:
        panel: verdicts drawn from each judge, 1 to 100.
    """
    return Protocol(judge=Judge(panel=panel))


@protocol("expert")
def expert(panel: Count = 1) -> Protocol:
    """The judge alone, with the hidden text: what help can reach.

    Args:
        panel: verdicts drawn from each judge, 1 to 100.
    """
    return Protocol(judge=Judge(panel=panel, sees_hidden=True))
