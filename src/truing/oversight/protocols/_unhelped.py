"""The two references: a judge without help, and a judge that reads the hidden text."""

from __future__ import annotations

from truing.arguments import split_names
from truing.oversight.rules import Judge, JudgeTools, Panel, Protocol, protocol


@protocol("blind")
def blind(judge_tools: JudgeTools = "", panel: Panel = 1) -> Protocol:
    """The judge alone, without the hidden text: the lower reference.

    With `judge_tools=search` the judge is alone, but not blind: it reads passages that it finds.
    """
    return Protocol(judge=Judge(panel=panel, tools=split_names(judge_tools)))


@protocol("expert")
def expert(judge_tools: JudgeTools = "", panel: Panel = 1) -> Protocol:
    """The judge alone, with the hidden text: the upper reference."""
    return Protocol(judge=Judge(panel=panel, sees_hidden=True, tools=split_names(judge_tools)))
