"""Critique: a proposer argues for an answer, and a critic criticizes the argument.

Sources: Saunders et al. 2022, Self-critiquing models for assisting human evaluators; McAleese et
al. 2024, LLM critics help catch LLM bugs.
"""

from __future__ import annotations

from truing.oversight.rules import (
    Assignment,
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


@protocol("critique")
def critique(
    assignment: OfOne = "both",
    rounds: Count = 1,
    words: Words = 150,
    quotes: Quotes = 3,
    best_of: Count = 1,
    panel: Count = 1,
    believes: bool = False,
) -> Protocol:
    """A proposer argues for an answer, and another model criticizes it; the judge reads both.

    Args:
        assignment: both plays each answer separately, fixed draws an answer for each question,
            open lets the proposer choose.
        rounds: number of rounds of an argument and its critique.
        words: maximum number of words per speech.
        quotes: maximum number of quotes per speech.
        best_of: number of drafts of each critique.
        panel: number of verdicts drawn from each judge.
        believes: whether the critic states its own belief privately before anyone speaks, which
            gives the critic advantage.
    """
    return _critique("critic", assignment, rounds, Limits(words, quotes), best_of, panel, believes)


@protocol("self-critique")
def self_critique(
    assignment: OfOne = "both",
    rounds: Count = 1,
    words: Words = 150,
    quotes: Quotes = 3,
    best_of: Count = 1,
    panel: Count = 1,
    believes: bool = False,
) -> Protocol:
    """Critique in which the proposer's model is also the critic.

    Args:
        assignment: both plays each answer separately, fixed draws an answer for each question,
            open lets the proposer choose.
        rounds: number of rounds of an argument and its critique.
        words: maximum number of words per speech.
        quotes: maximum number of quotes per speech.
        best_of: number of drafts of each critique.
        panel: number of verdicts drawn from each judge.
        believes: whether the critic states its own belief privately before anyone speaks, which
            gives the critic advantage.
    """
    return _critique(
        "proposer", assignment, rounds, Limits(words, quotes), best_of, panel, believes
    )


def _critique(
    critic: str,
    assignment: Assignment,
    rounds: int,
    limits: Limits,
    best_of: int,
    panel: int,
    believes: bool,
) -> Protocol:
    return Protocol(
        speakers=(
            Speaker("Proposer", "proposer"),
            Speaker("Critic", critic, aim="criticize", best_of=best_of, believes=believes),
        ),
        judge=Judge(panel=panel),
        rounds=rounds,
        order="sequential",
        assignment=assignment,
        limits=limits,
    )
