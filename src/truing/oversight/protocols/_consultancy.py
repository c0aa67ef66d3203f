"""Consultancy: one consultant argues for one answer (Michael et al. 2023, section 3).

With an assigned answer the consultant argues for it even if it believes another answer. With
`assignment=open` it argues for the answer that it believes (Kenton et al. 2024, section 3.1).
"""

from __future__ import annotations

from truing.arguments import split_names
from truing.oversight.protocols._reader import READER
from truing.oversight.rules import (
    Asks,
    BestOf,
    Critiques,
    Decided,
    EachRound,
    Judge,
    JudgeTools,
    Limits,
    OfOne,
    Panel,
    Protocol,
    Quotes,
    Refine,
    Rounds,
    Speaker,
    SpeakerTools,
    Words,
    protocol,
)


@protocol("consultancy")
def consultancy(
    assignment: OfOne = "both",
    rounds: Rounds = 3,
    words: Words = 150,
    quotes: Quotes = 3,
    best_of: BestOf = 1,
    refine: Refine = 0,
    critiques: Critiques = 1,
    tools: SpeakerTools = "",
    judge_tools: JudgeTools = "",
    asks: Asks = True,
    each_round: EachRound = False,
    decided: Decided = "never",
    panel: Panel = 1,
) -> Protocol:
    """One consultant argues for an answer, which may be wrong; the judge may ask questions.

    With K answers and `assignment=both`, (K-1)/K of the consultants argue for a wrong answer, and
    accuracy weights the two kinds accordingly. Compare `honest` and `dishonest` separately.

    Args:
        assignment: both plays each of the K answers separately, fixed draws an answer for each
            question, open lets the consultant choose.
    """
    consultant = Speaker(
        "Consultant",
        "consultant",
        best_of=best_of,
        reader=READER,
        refine=refine,
        critiques=critiques,
        tools=split_names(tools),
    )
    stops = decided if decided != "never" else None
    return Protocol(
        speakers=(consultant,),
        judge=Judge(
            panel=panel,
            asks=asks,
            each_round=each_round or stops is not None,
            tools=split_names(judge_tools),
        ),
        rounds=rounds,
        order="sequential",
        assignment=assignment,
        limits=Limits(words, quotes),
        decided=stops,
    )
