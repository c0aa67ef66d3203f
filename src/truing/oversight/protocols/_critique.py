"""Critique: a proposer argues for an answer, and a critic criticizes the argument.

Sources: Saunders et al. 2022, Self-critiquing models for assisting human evaluators; McAleese et
al. 2024, LLM critics help catch LLM bugs.
"""

from __future__ import annotations

from dataclasses import replace

from truing.arguments import split_names
from truing.oversight.protocols._reader import READER
from truing.oversight.rules import (
    CRITIC,
    BestOf,
    Judge,
    JudgeTools,
    Limits,
    OfOne,
    Panel,
    Protocol,
    Quotes,
    Rounds,
    Speaker,
    SpeakerTools,
    Words,
    protocol,
)


@protocol("critique")
def critique(
    assignment: OfOne = "both",
    rounds: Rounds = 1,
    words: Words = 150,
    quotes: Quotes = 3,
    best_of: BestOf = 1,
    tools: SpeakerTools = "",
    judge_tools: JudgeTools = "",
    panel: Panel = 1,
    believes: bool = False,
) -> Protocol:
    """A proposer argues for an answer, and another model criticizes it; the judge reads both.

    Args:
        assignment: both plays each answer separately, fixed draws an answer for each question,
            open lets the proposer choose.
        best_of: number of drafts of each critique; a reader (role reader) selects one.
        believes: whether the critic states its own belief before anyone speaks, which no one sees;
            it gives the critic advantage.
    """
    used = split_names(tools)
    return Protocol(
        speakers=(
            Speaker("Proposer", "proposer", tools=used),
            Speaker(
                "Critic",
                CRITIC,
                aim="criticize",
                best_of=best_of,
                reader=READER,
                tools=used,
                believes=believes,
            ),
        ),
        judge=Judge(panel=panel, tools=split_names(judge_tools)),
        rounds=rounds,
        order="sequential",
        assignment=assignment,
        limits=Limits(words, quotes),
    )


@protocol("self-critique")
def self_critique(
    assignment: OfOne = "both",
    rounds: Rounds = 1,
    words: Words = 150,
    quotes: Quotes = 3,
    best_of: BestOf = 1,
    tools: SpeakerTools = "",
    judge_tools: JudgeTools = "",
    panel: Panel = 1,
    believes: bool = False,
) -> Protocol:
    """Critique in which the proposer's model is also the critic.

    Args:
        assignment: both plays each answer separately, fixed draws an answer for each question,
            open lets the proposer choose.
        best_of: number of drafts of each critique; a reader (role reader) selects one.
        believes: whether the critic states its own belief before anyone speaks, which no one sees;
            it gives the critic advantage.
    """
    rules = critique(
        assignment, rounds, words, quotes, best_of, tools, judge_tools, panel, believes
    )
    proposer, critic = rules.speakers
    return replace(rules, speakers=(proposer, replace(critic, model=proposer.model)))
