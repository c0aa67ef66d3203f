"""Consultancy: one consultant argues for one answer (Michael et al. 2023, section 3).

With an assigned answer the consultant argues for it even if it believes another answer. With
`assignment=open` it argues for the answer that it believes (Kenton et al. 2024, section 3.1).
"""

from __future__ import annotations

from truing.oversight.rules import (
    Count,
    Judge,
    Limits,
    OfOne,
    Protocol,
    Quotes,
    Speaker,
    Words,
    protocol,
)


@protocol("consultancy")
def consultancy(
    assignment: OfOne = "both",
    rounds: Count = 3,
    words: Words = 150,
    quotes: Quotes = 3,
    best_of: Count = 1,
    asks: bool = True,
    each_round: bool = False,
    panel: Count = 1,
) -> Protocol:
    """One consultant argues for an answer, which may be wrong; the judge may ask questions.

    With K answers and `assignment=both`, (K-1)/K of the consultants argue for a wrong answer, and
    accuracy weights the two kinds accordingly. Compare `honest` and `dishonest` separately.

    Args:
        assignment: both plays each of the K answers separately, fixed draws an answer for each
            question, open lets the consultant choose.
        rounds: number of rounds of speeches.
        words: maximum number of words per speech.
        quotes: maximum number of quotes per speech.
        best_of: number of drafts of each speech.
        asks: whether the judge asks a question after each round except the last.
        each_round: whether the judge states its belief after each round.
        panel: number of verdicts drawn from each judge.
    """
    return Protocol(
        speakers=(Speaker("Consultant", "consultant", best_of=best_of),),
        judge=Judge(panel=panel, asks=asks, each_round=each_round),
        rounds=rounds,
        order="sequential",
        assignment=assignment,
        limits=Limits(words, quotes),
    )
