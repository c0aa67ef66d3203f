"""Agent host: embedded agents in all roles of a play, seeded request by request."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import replace
from typing import Any

import numpy as np

from truing.oversight import Call, Reply
from truing.oversight.agents import Brief, add_manner, answer, answer_digit, read_program
from truing.seeding import seeded

EMBEDDED = "truing/"

Program = Callable[[Brief, np.random.Generator], str]


class AgentHost:
    """Simulated: embedded agents answer, and their speeches differ in length and certainty.

    Each request has its own random generator, so that a plant which changes a reply does not change
    the randomness of later replies.

    Args:
        programs: the agents of each role.
        salt: text from which all randomness is derived, such as seed and question.
    """

    def __init__(self, programs: Mapping[str, Sequence[Program]], salt: str):
        self.programs, self.salt = programs, salt
        self.calls = 0

    async def ask(self, call: Call) -> Reply:
        """Reply of the program that plays the role."""
        self.calls += 1
        if call.letters:
            program = self.programs[call.role][call.member]
            return answer_digit(program, call, f"{self.salt} {call.seat} {call.member}")
        rng = seeded(f"{self.salt} {call.seat} {call.what} {call.member} {self.calls}")
        reply = answer(self.programs[call.role][call.member], call, rng)
        if call.what != "speech":
            return reply
        return replace(reply, text=add_manner(reply.text, rng))

    def members(self, role: str) -> int:
        """Number of agents of a role."""
        return len(self.programs[role])

    def span(self, name: str) -> AbstractAsyncContextManager[Any]:
        """A context that records nothing."""
        return nullcontext()

    async def together(self, work: Sequence[Callable[[], Awaitable[Any]]]) -> list[Any]:
        """Results of several pieces of work, done one after another."""
        return [await one() for one in work]


def is_embedded(models: Sequence[str]) -> bool:
    """Whether all models are embedded agents."""
    return all(name.startswith(EMBEDDED) for name in models)


def programs_of(models: Mapping[str, Sequence[str]]) -> dict[str, list[Program]]:
    """The embedded agents of each role.

    Raises:
        UserError: an agent is unknown, or one of its arguments is unusable.
    """
    return {
        role: [read_program(name.removeprefix(EMBEDDED), {}) for name in names]
        for role, names in models.items()
    }
