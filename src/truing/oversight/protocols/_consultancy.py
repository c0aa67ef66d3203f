"""Consultancy: one expert, right or wrong, against a judge (Michael et al. 2023, section 3).

Assigned, the consultant argues an answer whatever it holds right; open, it argues the one that it
holds right (Kenton et al. 2024, section 3.1).
"""

from __future__ import annotations

from truing.oversight._protocol import (
    Assignment,
    Count,
    Judge,
    Limits,
    Protocol,
    Quotes,
    Speaker,
    Words,
    protocol,
)


@protocol("consultancy")
def consultancy(
    assignment: Assignment = "both",
    rounds: Count = 3,
    words: Words = 150,
    quotes: Quotes = 3,
    best_of: Count = 1,
    asks: bool = True,
    each_round: bool = False,
    panel: Count = 1,
) -> Protocol:
    """One consultant argues an answer; the judge may ask it questions.

    With K answers and `assignment=both`, (K-1)/K of the consultants argue a wrong answer, and
    accuracy weights honest and dishonest plays so: compare `honest` and `dishonest` apart.

    Args:
        assignment: both (each answer is argued in a play of its own, of all K answers), fixed or
            open.
        rounds: of speeches, 1 to 100.
        words, quotes: most in a speech, 1 to 10000 and 0 to 100.
        best_of: drafts of each speech, 1 to 100.
        asks: the judge puts a question after every round but the last.
        each_round: the judge states its belief after each round.
        panel: verdicts drawn from each judge, 1 to 100.
    """
    return Protocol(
        speakers=(Speaker("Consultant", "consultant", best_of=best_of),),
        judge=Judge(panel=panel, asks=asks, each_round=each_round),
        rounds=rounds,
        order="sequential",
        assignment=assignment,
        limits=Limits(words, quotes),
    )
