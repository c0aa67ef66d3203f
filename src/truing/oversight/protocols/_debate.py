"""Debate: every answer has its advocate (Irving et al. 2018; Khan et al. 2024, section 3).

Simultaneous turns are Khan's, sequential ones Irving's. In an open debate the first speaker argues
the answer that it holds right, and the others theirs (Kenton et al. 2024, section 3.1).
"""

from __future__ import annotations

from truing.oversight._protocol import (
    Assignment,
    Count,
    Judge,
    Limits,
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
    assignment: Assignment = "none",
    rounds: Count = 3,
    words: Words = 150,
    quotes: Quotes = 3,
    best_of: Count = 1,
    asks: bool = False,
    each_round: bool = False,
    panel: Count = 1,
) -> Protocol:
    """A debater for each answer, in rounds; the judge hears all of them.

    Args:
        order: simultaneous or sequential.
        assignment: none, or open: the first debater chooses its answer.
        rounds: of speeches, 1 to 100.
        words, quotes: most in a speech, 1 to 10000 and 0 to 100.
        best_of: drafts of each speech, 1 to 100.
        asks: the judge puts a question after every round but the last.
        each_round: the judge states its belief after each round.
        panel: verdicts drawn from each judge, 1 to 100.
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
    """One model writes one argument for each answer, unanswered; the judge reads all.

    Not the propaganda of Sudhir et al. 2025, where one agent argues one answer, alone and once:
    that is `consultancy,rounds=1,asks=false`.

    Args:
        words, quotes: most in an argument, 1 to 10000 and 0 to 100.
        panel: verdicts drawn from each judge, 1 to 100.
    """
    return Protocol(
        speakers=(Speaker("Advocate", "debater", each=True),),
        judge=Judge(panel=panel),
        limits=Limits(words, quotes),
    )
