"""Limited host: the models of a play, with limits on the requests of a submitted protocol."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

from truing.errors import UserError
from truing.oversight import Call, Host, Reply

MOST_CHARACTERS = 60_000  # of the messages of a request


class LimitedHost:
    """Counts the requests of a play, and sends none beyond the limits.

    Args:
        host: sends the requests.
        most: largest number of requests of a play.
    """

    def __init__(self, host: Host, most: int):
        self.host, self.most, self.calls = host, most, 0

    async def ask(self, call: Call) -> Reply:
        """Reply of the model that plays the role.

        Raises:
            UserError: the play needs too many requests, or a request is too long.
        """
        self.calls += 1
        if self.calls > self.most:
            raise UserError(f"a play needs more than {self.most} model calls")
        if sum(len(text) for _, text in call.messages) > MOST_CHARACTERS:
            raise UserError(f"a request has more than {MOST_CHARACTERS:,} characters")
        return await self.host.ask(call)

    def members(self, role: str) -> int:
        """Number of models of a role."""
        return self.host.members(role)

    def span(self, name: str) -> AbstractAsyncContextManager[Any]:
        """A span of the host."""
        return self.host.span(name)

    async def together(self, work: Sequence[Callable[[], Awaitable[Any]]]) -> list[Any]:
        """Results of several pieces of work."""
        return await self.host.together(work)
