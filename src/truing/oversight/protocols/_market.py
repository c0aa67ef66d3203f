"""Market making (Hubinger 2020, AI safety via market making).

A market forecasts the judge's final belief, and an adversary is rewarded for moving the forecast.
When no further argument moves the forecast, it equals the judge's belief after all arguments.
"""

from __future__ import annotations

from typing import Annotated

from truing.arguments import Within
from truing.oversight.rules import Count, Judge, Limits, Protocol, Quotes, Speaker, Words, protocol


@protocol("market-making")
def market_making(
    rounds: Count = 4,
    settled: Annotated[float, Within("[0, 1]")] = 0.02,
    words: Words = 150,
    quotes: Quotes = 3,
    best_of: Count = 1,
    panel: Count = 1,
) -> Protocol:
    """A model forecasts the verdict; an adversary argues until the forecast is stable.

    Args:
        rounds: maximum number of rounds.
        settled: stop when no probability of the forecast changes by more than this in a round.
        words: maximum number of words per speech.
        quotes: maximum number of quotes per speech.
        best_of: number of drafts of each speech.
        panel: number of verdicts drawn from each judge.
    """
    return Protocol(
        speakers=(Speaker("Adversary", "adversary", aim="move", best_of=best_of),),
        judge=Judge(panel=panel),
        rounds=rounds,
        order="sequential",
        limits=Limits(words, quotes),
        forecaster="market",
        settled=settled,
    )
