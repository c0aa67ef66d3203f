"""Draft host: requests of one candidate, with the fixed drafts of its opponents."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from truing.oversight.plays import Call, Host, HostWrapper
from truing.oversight.pressure._drafts import Draft
from truing.oversight.pressure._rules import arguing_speaker
from truing.oversight.replies import Reply
from truing.oversight.rules import Protocol


class Shared:
    """Replies that the candidates of a question share; each of them is requested once."""

    def __init__(self) -> None:
        self.asked: dict[tuple[object, ...], Any] = {}
        self.replies: dict[tuple[object, ...], Reply | Exception] = {}

    async def ask(self, host: Host, call: Call) -> Reply:
        """Reply to a request, from the first candidate that sends it."""
        import anyio

        key = (call.role, call.member, call.seat, call.what, call.messages, call.draw)
        if key in self.asked:
            await self.asked[key].wait()
        else:
            self.asked[key] = anyio.Event()
            try:
                self.replies[key] = await host.ask(call)
            except Exception as error:
                self.replies[key] = error
            finally:
                self.asked[key].set()
        reply = self.replies[key]
        if isinstance(reply, Exception):
            raise reply
        return reply


@dataclass
class DraftHost(HostWrapper):
    """Sends the requests of one candidate.

    The drafting seat and the judge get the draws of the candidate. All other speakers have draw 0,
    as in the play without selection; if they do not see the draft, their reply is shared.

    Attributes:
        host: sends each request to a model.
        rules: the protocol.
        draft: the candidate.
        shared: replies that the candidates of the question share.
    """

    host: Host
    rules: Protocol
    draft: Draft
    shared: Shared

    async def ask(self, call: Call) -> Reply:
        """Reply of a model."""
        if call.seat == "Judge":
            draw = self.draft.number * self.rules.judge.panel + call.draw
            return await self.host.ask(replace(call, draw=draw))
        if self._drafts(call):
            return await self.host.ask(replace(call, draw=self.draft.number))
        return await self.shared.ask(self.host, call)

    def _drafts(self, call: Call) -> bool:
        """Whether the drafting seat answers."""
        speaker = arguing_speaker(self.rules)
        assert speaker is not None, "callers leave out protocols without an arguing speaker"
        if self.draft.place is None:
            return call.seat == speaker.name and call.what in ("speech", "choice")
        letter = self.draft.setup.question.letters[self.draft.place]
        return call.seat == f"{speaker.name} {letter}" and call.what == "speech"
