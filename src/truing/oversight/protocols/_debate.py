"""Debate: a debater argues for each answer (Irving et al. 2018; Khan et al. 2024, section 3).

Khan et al. use simultaneous turns, Irving et al. sequential turns. In an open debate the first
debater argues for the answer that it believes, and the others argue for the remaining answers
(Kenton et al. 2024, section 3.1).
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
    OfEach,
    Order,
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


@protocol("debate")
def debate(
    order: Order = "simultaneous",
    assignment: OfEach = "none",
    rounds: Rounds = 3,
    words: Words = 150,
    quotes: Quotes = 3,
    best_of: BestOf = 1,
    refine: Refine = 0,
    critiques: Critiques = 1,
    tools: SpeakerTools = "",
    judge_tools: JudgeTools = "",
    asks: Asks = False,
    each_round: EachRound = False,
    decided: Decided = "never",
    panel: Panel = 1,
) -> Protocol:
    """One debater for each answer, in rounds; the judge reads all speeches.

    Args:
        order: with simultaneous turns, no debater sees the speeches of the current round.
        assignment: with open, the first debater chooses its answer and speaks first.
    """
    debater = Speaker(
        "Debater",
        "debater",
        each=True,
        best_of=best_of,
        reader=READER,
        refine=refine,
        critiques=critiques,
        tools=split_names(tools),
    )
    stops = decided if decided != "never" else None
    return Protocol(
        speakers=(debater,),
        judge=Judge(
            panel=panel,
            asks=asks,
            each_round=each_round or stops is not None,
            tools=split_names(judge_tools),
        ),
        rounds=rounds,
        order=order,
        assignment=assignment,
        limits=Limits(words, quotes),
        decided=stops,
    )


@protocol("propaganda")
def propaganda(words: Words = 150, quotes: Quotes = 3, panel: Panel = 1) -> Protocol:
    """One argument for each answer, without replies; the judge reads all arguments.

    This is not the propaganda of Sudhir et al. 2025, in which one agent argues once for one
    answer: that is `consultancy,rounds=1,asks=false`.
    """
    return Protocol(
        speakers=(Speaker("Advocate", "debater", each=True),),
        judge=Judge(panel=panel),
        limits=Limits(words, quotes),
    )
