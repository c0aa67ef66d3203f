"""Once: equal requests at the same time, of which only the first is sent."""

from __future__ import annotations

from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager

import anyio


class Once:
    """Lets one request of each key run at a time; the next one finds its reply in the cache.

    Matches of one evaluation run concurrently and share requests: in a debate without earlier
    speeches, an agent's first speech is the same against all opponents.
    """

    def __init__(self) -> None:
        self._waiting: dict[Hashable, tuple[anyio.Lock, int]] = {}

    @asynccontextmanager
    async def turn(self, key: Hashable) -> AsyncIterator[None]:
        """Wait until no other request of this key runs."""
        lock, count = self._waiting.get(key) or (anyio.Lock(), 0)
        self._waiting[key] = lock, count + 1
        try:
            async with lock:
                yield
        finally:
            lock, count = self._waiting[key]
            if count == 1:
                del self._waiting[key]
            else:
                self._waiting[key] = lock, count - 1
