"""Host wrapper: the base of hosts that change or count the requests to another host."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import TypeVar

from truing.oversight.plays._call import Call, Host
from truing.oversight.replies import Reply

Result = TypeVar("Result")


class HostWrapper:
    """Passes everything to another host; a subclass overrides `ask`.

    Args:
        host: sends each request to a model.
    """

    def __init__(self, host: Host):
        self.host = host

    async def ask(self, call: Call) -> Reply:
        """Reply of a model."""
        return await self.host.ask(call)

    def members(self, role: str) -> int:
        """Number of models bound to a role."""
        return self.host.members(role)

    def span(self, name: str) -> AbstractAsyncContextManager[object]:
        """The host's context, which groups the requests inside it."""
        return self.host.span(name)

    async def together(self, work: Sequence[Callable[[], Awaitable[Result]]]) -> list[Result]:
        """Results of several pieces of work, in their order."""
        return await self.host.together(work)
