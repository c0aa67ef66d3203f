"""Host: embedded agents in all roles of a play, without Inspect."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from functools import partial
from typing import Any

import numpy as np

from truing.oversight.agents._answer import answer
from truing.oversight.agents._judge import judge
from truing.oversight.agents._program import JUDGES
from truing.oversight.agents._speaker import speak
from truing.oversight.plays import Call
from truing.oversight.replies import Reply


class EmbeddedHost:
    """Simulated: programs speak and judge, one request at a time.

    Args:
        rng: random generator of all agents.
        honest: whether the speakers are honest.
        manner: whether the speakers' speeches differ in length and stated certainty.
        judging: arguments of the judge: budget, skill, bias, lean.
    """

    def __init__(
        self, rng: np.random.Generator, honest: bool = True, manner: bool = False, **judging: Any
    ):
        self.rng, self.honest, self.manner, self.judging = rng, honest, manner, judging

    async def ask(self, call: Call) -> Reply:
        """Reply of the program that plays the role."""
        if call.role in JUDGES:
            return answer(partial(judge, **self.judging), call, self.rng)
        return answer(partial(speak, honest=self.honest, manner=self.manner), call, self.rng)

    def members(self, role: str) -> int:
        """Number of models of a role: always 1."""
        return 1

    def span(self, name: str) -> AbstractAsyncContextManager[Any]:
        """A context that records nothing."""
        return nullcontext()

    async def together(self, work: Sequence[Callable[[], Awaitable[Any]]]) -> list[Any]:
        """Results of several pieces of work, done one after another."""
        return [await one() for one in work]
