"""Debate: a debater argues for each answer (Irving et al. 2018; Khan et al. 2024, section 3).

Khan et al. use simultaneous turns, Irving et al. sequential turns. In an open debate the first
debater argues for the answer that it believes, and the others argue for the remaining answers
(Kenton et al. 2024, section 3.1).
"""

from __future__ import annotations

from truing.oversight.rules import (
    Count,
    Judge,
    Limits,
    OfEach,
    Order,
    Protocol,
    Quotes,
    Speaker,
    Words,
    protocol,
)


@protocol("debate")
def debate(
    order: Order = "simultaneous",
    assignment: OfEach = "none",
    rounds: Count = 3,
    words: Words = 150,
    quotes: Quotes = 3,
    best_of: Count = 1,
    asks: bool = False,
    each_round: bool = False,
    panel: Count = 1,
) -> Protocol:
    """One debater for each answer, in rounds; the judge reads all speeches.

    Args:
        order: with simultaneous turns, no debater sees the speeches of the current round.
        assignment: with open, the first debater chooses its answer and speaks first.
        rounds: number of rounds of speeches.
        words: maximum number of words per speech.
        quotes: maximum number of quotes per speech.
        best_of: number of drafts of each speech.
        asks: whether the judge asks a question after each round except the last.
        each_round: whether the judge states its belief after each round.
        panel: number of verdicts drawn from each judge.
    """
    return Protocol(
        speakers=(Speaker("Debater", "debater", each=True, best_of=best_of),),
        judge=Judge(panel=panel, asks=asks, each_round=each_round),
        rounds=rounds,
        order=order,
        assignment=assignment,
        limits=Limits(words, quotes),
    )


@protocol("propaganda")
def propaganda(words: Words = 150, quotes: Quotes = 3, panel: Count = 1) -> Protocol:
    """One argument for each answer, all by one model, without replies; the judge reads all.

    This is not the propaganda of Sudhir et al. 2025, in which one agent argues once for one
    answer: that is `consultancy,rounds=1,asks=false`.

    Args:
        words: maximum number of words per argument.
        quotes: maximum number of quotes per argument.
        panel: number of verdicts drawn from each judge.
    """
    return Protocol(
        speakers=(Speaker("Advocate", "debater", each=True),),
        judge=Judge(panel=panel),
        limits=Limits(words, quotes),
    )
