"""Hosts without a provider: one that is scripted, one whose roles the embedded agents play."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import asynccontextmanager

import numpy as np

from truing.oversight import Call, Play, Reply, agents, play
from truing.oversight.protocols import PROTOCOLS, Protocol, Setup, setups
from truing.tasks import Item

QUESTION = Item(
    "q1", "Who took it?", ("Fir", "Oak"), "The glove by the gate points to Oak.", "story-1"
)


class ScriptedHost:
    """Answers by a function of the call; keeps every call and span; works at once."""

    def __init__(self, reply: Callable[[Call], str | Reply], judges: int = 1):
        self.reply, self.judges = reply, judges
        self.calls: list[Call] = []
        self.spans: list[str] = []

    async def ask(self, call: Call) -> Reply:
        self.calls.append(call)
        await asyncio.sleep(0)
        reply = self.reply(call)
        return reply if isinstance(reply, Reply) else Reply(reply)

    def members(self, role: str) -> int:
        return self.judges

    @asynccontextmanager
    async def span(self, name: str):
        self.spans.append(name)
        yield

    async def together(self, work):
        return await asyncio.gather(*(one() for one in work))

    def prompts(self, seat: str, what: str) -> list[str]:
        """System and user text of the calls of a seat."""
        return [
            "\n".join(text for _, text in call.messages)
            for call in self.calls
            if (call.seat, call.what) == (seat, what)
        ]


class EmbeddedHost(agents.EmbeddedHost):
    """The embedded agents, seeded; keeps every call and reply."""

    def __init__(self, seed: int = 0, honest: bool = True, **judging):
        super().__init__(np.random.default_rng(seed), honest, **judging)
        self.calls: list[Call] = []
        self.replies: list[Reply] = []

    async def ask(self, call: Call) -> Reply:
        self.calls.append(call)
        self.replies.append(await super().ask(call))
        return self.replies[-1]


def only(rules: Protocol | str, question: Item = QUESTION) -> Setup:
    """The first play of a question."""
    return next(setups(built(rules), question))


def built(rules: Protocol | str) -> Protocol:
    return PROTOCOLS.build(rules).value if isinstance(rules, str) else rules


def run(rules: Protocol | str, host: ScriptedHost, setup: Setup | None = None) -> Play:
    """Play a protocol to its end."""
    return asyncio.run(play(built(rules), setup or only(rules), host))
