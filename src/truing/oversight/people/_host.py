"""Host: models speak, and the judge is a person who is waited for."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any

from truing.oversight._call import Call, Host
from truing.oversight._reply import Reply
from truing.oversight.people._replies import KeptReply, Replies, key_of


class WaitingError(Exception):
    """A play that cannot go on before somebody has answered.

    Attributes:
        call: what is asked.
        key: under which the answer belongs.
    """

    def __init__(self, call: Call, key: str):
        super().__init__(call.what)
        self.call, self.key = call, key


class PersonHost:
    """One person's seat as the judge, beside the models of a play.

    Args:
        play: id of the play.
        judge: the role that the person plays.
        replies: what was said before.
        models: play all other roles; None where nothing new is to be said.
    """

    def __init__(self, play: str, judge: str, replies: Replies, models: Host | None):
        self.play, self.judge, self.replies, self.models = play, judge, replies, models

    async def ask(self, call: Call) -> Reply:
        """A reply that was kept, or a model's.

        Raises:
            WaitingError: who is asked has not answered.
        """
        key = key_of(self.play, call)
        if key in self.replies.known:
            return self.replies.known[key]
        if call.role == self.judge or self.models is None:
            raise WaitingError(call, key)
        began = time.monotonic()
        reply = await self.models.ask(call)
        seconds = round(time.monotonic() - began, 3)
        self.replies.keep(KeptReply(key, self.play, call.what, reply, seconds))
        return reply

    def members(self, role: str) -> int:
        """One person judges; other roles have their models."""
        return self.models.members(role) if self.models and role != self.judge else 1

    def span(self, name: str) -> AbstractAsyncContextManager[Any]:
        """Nothing is recorded besides the replies."""
        return nullcontext()

    async def together(self, work: Sequence[Callable[[], Awaitable[Any]]]) -> list[Any]:
        """As the models' host does it."""
        return await self.models.together(work) if self.models else [await one() for one in work]
