"""Host: the embedded agents in all roles of a play, without Inspect."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any

import numpy as np

from truing.oversight._call import Call
from truing.oversight._reply import Reply
from truing.oversight.agents._brief import Brief
from truing.oversight.agents._judge import judge
from truing.oversight.agents._speaker import speak

JUDGES = ("judge", "market")


class EmbeddedHost:
    """Simulated: programs speak and judge, one after the other.

    Args:
        rng: source of what they do by chance.
        honest: of the speakers.
        judging: arguments of the judge: budget, skill.
    """

    def __init__(self, rng: np.random.Generator, honest: bool = True, **judging: Any):
        self.rng, self.honest, self.judging = rng, honest, judging

    async def ask(self, call: Call) -> Reply:
        """The reply of a role's program."""
        brief = Brief(call.messages[0][1], call.messages[1][1])
        if call.role in JUDGES:
            return Reply(judge(brief, self.rng, **self.judging))
        return Reply(speak(brief, self.rng, self.honest))

    def members(self, role: str) -> int:
        """One program plays each role."""
        return 1

    def span(self, name: str) -> AbstractAsyncContextManager[Any]:
        """Nothing is recorded."""
        return nullcontext()

    async def together(self, work: Sequence[Callable[[], Awaitable[Any]]]) -> list[Any]:
        """One after the other."""
        return [await one() for one in work]
