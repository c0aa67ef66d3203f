"""Market making (Hubinger 2020, AI safety via market making).

A market forecasts the judge's final belief, and an adversary is rewarded for moving the forecast.
When no further argument moves the forecast, it equals the judge's belief after all arguments.
"""

from __future__ import annotations

from typing import Annotated

from truing.arguments import Within, split_names
from truing.oversight.protocols._reader import READER
from truing.oversight.rules import (
    BestOf,
    Judge,
    JudgeTools,
    Limits,
    Panel,
    Protocol,
    Quotes,
    Rounds,
    Speaker,
    SpeakerTools,
    Words,
    protocol,
)


@protocol("market-making")
def market_making(
    rounds: Rounds = 4,
    settled: Annotated[float, Within("[0, 1]")] = 0.02,
    words: Words = 150,
    quotes: Quotes = 3,
    best_of: BestOf = 1,
    tools: SpeakerTools = "",
    judge_tools: JudgeTools = "",
    panel: Panel = 1,
) -> Protocol:
    """A model forecasts the verdict; an adversary argues until the forecast is stable.

    Args:
        rounds: maximum number of rounds.
        settled: stop when no probability of the forecast changes by more than this in a round.
    """
    adversary = Speaker(
        "Adversary",
        "adversary",
        aim="move",
        best_of=best_of,
        reader=READER,
        tools=split_names(tools),
    )
    return Protocol(
        speakers=(adversary,),
        judge=Judge(panel=panel, tools=split_names(judge_tools)),
        rounds=rounds,
        order="sequential",
        limits=Limits(words, quotes),
        forecaster="market",
        settled=settled,
    )
