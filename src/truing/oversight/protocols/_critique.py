"""Critique: an answer is argued for, and a critic says what is wrong with it.

Sources: Saunders et al. 2022, Self-critiquing models for assisting human evaluators; McAleese et
al. 2024, LLM critics help catch LLM bugs.
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


@protocol("critique")
def critique(
    assignment: Assignment = "both",
    rounds: Count = 1,
    words: Words = 150,
    quotes: Quotes = 3,
    best_of: Count = 1,
    panel: Count = 1,
) -> Protocol:
    """A proposer argues an answer, another model criticises what it said; the judge reads both.

    Args:
        assignment: of the proposer's answer: both, fixed or open.
        rounds: of an argument and its critique, 1 to 100.
        words, quotes: most in a speech, 1 to 10000 and 0 to 100.
        best_of: drafts of each critique, 1 to 100.
        panel: verdicts drawn from each judge, 1 to 100.
    """
    return _critique("critic", assignment, rounds, Limits(words, quotes), best_of, panel)


@protocol("self-critique")
def self_critique(
    assignment: Assignment = "both",
    rounds: Count = 1,
    words: Words = 150,
    quotes: Quotes = 3,
    best_of: Count = 1,
    panel: Count = 1,
) -> Protocol:
    """As critique, and the proposer's own model is the critic.

    Args:
        assignment: of the proposer's answer: both, fixed or open.
        rounds: of an argument and its critique, 1 to 100.
        words, quotes: most in a speech, 1 to 10000 and 0 to 100.
        best_of: drafts of each critique, 1 to 100.
        panel: verdicts drawn from each judge, 1 to 100.
    """
    return _critique("proposer", assignment, rounds, Limits(words, quotes), best_of, panel)


def _critique(
    critic: str, assignment: Assignment, rounds: int, limits: Limits, best_of: int, panel: int
) -> Protocol:
    return Protocol(
        speakers=(
            Speaker("Proposer", "proposer"),
            Speaker("Critic", critic, aim="criticise", best_of=best_of),
        ),
        judge=Judge(panel=panel),
        rounds=rounds,
        order="sequential",
        assignment=assignment,
        limits=limits,
    )
