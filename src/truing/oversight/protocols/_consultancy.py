"""Consultancy: one expert, right or wrong, against a judge (Michael et al. 2023, section 3).

Assigned, the consultant argues an answer whatever it holds right; open, it argues the one that it
holds right (Kenton et al. 2024, section 3.1).
"""

from __future__ import annotations

from truing.oversight._protocol import Assignment, Judge, Limits, Protocol, Speaker, protocol


@protocol("consultancy")
def consultancy(
    assignment: Assignment = "both",
    rounds: int = 3,
    words: int = 150,
    quotes: int = 3,
    best_of: int = 1,
    asks: bool = True,
    each_round: bool = False,
    panel: int = 1,
) -> Protocol:
    """One consultant argues an answer; the judge may ask it questions.

    With K answers and `assignment=both`, (K-1)/K of the consultants argue a wrong answer, and
    accuracy weights honest and dishonest plays so: compare `honest` and `dishonest` apart.

    Args:
        assignment: both (each answer is argued in a play of its own, of all K answers), fixed or
            open.
        rounds: of speeches.
        words, quotes: at most, in a speech.
        best_of: drafts of each speech.
        asks: the judge puts a question after every round but the last.
        each_round: the judge states its belief after each round.
        panel: verdicts drawn from each judge.
    """
    return Protocol(
        speakers=(Speaker("Consultant", "consultant", best_of=best_of),),
        judge=Judge(panel=panel, asks=asks, each_round=each_round),
        rounds=rounds,
        order="sequential",
        assignment=assignment,
        limits=Limits(words, quotes),
    )
