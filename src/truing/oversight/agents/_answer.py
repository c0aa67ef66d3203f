"""Answer: the reply of an embedded agent to a request, after it used the tools that it wants."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from truing.oversight.agents._brief import Brief
from truing.oversight.agents._judge import choose
from truing.oversight.plays import Call
from truing.oversight.replies import Reply
from truing.oversight.tools import SEARCH, TOOL_ROUNDS, ToolUse
from truing.seeding import seeded

QUERY = "points to"  # words of every clue


def answer(
    program: Callable[[Brief, np.random.Generator], str], call: Call, rng: np.random.Generator
) -> Reply:
    """Reply of a program.

    Args:
        program: the embedded agent.
        call: the request.
        rng: random generator of the agent.
    """
    brief = Brief.of(call.messages, call.tools.names)
    uses: list[ToolUse] = []
    while len(uses) < TOOL_ROUNDS and (wanted := wanted_tool(brief)):
        uses.append(call.tools.use(*wanted))
        brief = replace(brief, found=tuple(one.output for one in uses))
    return Reply(program(brief, rng), tool_uses=tuple(uses), calls=1 + len(uses))


def answer_digit(
    program: Callable[[Brief, np.random.Generator], str], call: Call, salt: str
) -> Reply:
    """Reply of an embedded judge to a forced choice, with the log-probability of each digit.

    The judge reads the same clues for every order of the digits.

    Args:
        program: the embedded judge.
        call: the request.
        salt: text from which the randomness is derived.
    """
    brief = Brief.of(call.messages)
    if not brief.options:
        return Reply("")
    rng = seeded(f"{salt} {brief.system} {brief.case}")
    found = choose(brief, rng, **getattr(program, "keywords", {}))
    best = max(found, key=lambda mark: found[mark])
    return Reply(best, log_probabilities=tuple(found[mark] for mark in call.letters))


def wanted_tool(brief: Brief) -> tuple[str, str] | None:
    """Name and input of the tool that an agent uses next; None if it replies.

    A judge that hears no speeches and may search the hidden text searches it once. The clues of a
    case are in random order, so the clues that the search returns are a random sample of them.
    """
    alone = brief.me == "judge" and not brief.turns and not brief.clues
    if alone and SEARCH in brief.tools and brief.record_size and not brief.found:
        return SEARCH, QUERY
    return None
