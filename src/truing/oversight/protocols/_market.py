"""Market making (Hubinger 2020, AI safety via market making).

A market forecasts what the judge will believe in the end; an adversary is rewarded for moving that
forecast. Once nothing that it can say moves it, the forecast is what the judge would believe after
all arguments.
"""

from __future__ import annotations

from typing import Annotated

from truing.arguments import Within
from truing.oversight._protocol import (
    Count,
    Judge,
    Limits,
    Protocol,
    Quotes,
    Speaker,
    Words,
    protocol,
)


@protocol("market-making")
def market_making(
    rounds: Count = 4,
    settled: Annotated[float, Within("[0, 1]")] = 0.02,
    words: Words = 150,
    quotes: Quotes = 3,
    best_of: Count = 1,
    panel: Count = 1,
) -> Protocol:
    """A market forecasts the verdict, an adversary moves the forecast, until it stands still.

    Args:
        rounds: at most, 1 to 100.
        settled: stop once no answer's forecast moves by more than this in a round.
        words, quotes: most in a speech, 1 to 10000 and 0 to 100.
        best_of: drafts of each speech, 1 to 100.
        panel: verdicts drawn from each judge, 1 to 100.
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
