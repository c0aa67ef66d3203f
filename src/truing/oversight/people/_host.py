"""Host: models speak, and a person judges."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any

from truing.oversight.people._replies import KeptReply, Replies, key_of
from truing.oversight.plays import Call, Host
from truing.oversight.replies import Reply


class WaitingError(Exception):
    """The play cannot continue before the person has answered.

    Attributes:
        call: the request.
        key: key of the answer.
    """

    def __init__(self, call: Call, key: str):
        super().__init__(call.what)
        self.call, self.key = call, key


class PersonHost:
    """Host of a play with one person as the judge and models in the other roles.

    Args:
        play: id of the play.
        judge: role that the person plays.
        replies: earlier replies.
        models: host of all other roles; None if no model may be asked.
        reopened: ask the person for the verdict again, although there is an earlier one.
    """

    def __init__(
        self, play: str, judge: str, replies: Replies, models: Host | None, reopened: bool = False
    ):
        self.play, self.judge, self.replies, self.models = play, judge, replies, models
        self.reopened = reopened

    async def ask(self, call: Call) -> Reply:
        """An earlier reply, or a model's reply.

        Raises:
            WaitingError: the person has not answered yet.
        """
        key = key_of(self.play, call)
        again = self.reopened and call.role == self.judge and call.what == "verdict"
        if key in self.replies.known and not again:
            return self.replies.known[key]
        if call.role == self.judge or self.models is None:
            raise WaitingError(call, key)
        began = time.monotonic()
        reply = await self.models.ask(call)
        seconds = round(time.monotonic() - began, 3)
        self.replies.keep(KeptReply(key, self.play, call.what, reply, seconds))
        return reply

    def members(self, role: str) -> int:
        """Number of models bound to a role; one person judges."""
        return self.models.members(role) if self.models and role != self.judge else 1

    def span(self, name: str) -> AbstractAsyncContextManager[Any]:
        """A context that records nothing."""
        return nullcontext()

    async def together(self, work: Sequence[Callable[[], Awaitable[Any]]]) -> list[Any]:
        """Results of several pieces of work, as from the models' host."""
        return await self.models.together(work) if self.models else [await one() for one in work]
