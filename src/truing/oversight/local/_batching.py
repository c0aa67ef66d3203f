"""Batching: concurrent requests to a local model are computed together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Event

import anyio
from anyio.lowlevel import current_token

from truing.oversight.local._request import Drawn, Request

GATHER = 0.05  # seconds in which no request may arrive before a batch starts

Compute = Callable[[Sequence[Request], Event], Sequence[Drawn]]
"""Computes a batch of requests in a thread. It ends early if the event is set."""


@dataclass
class _Waiting:
    """The requests of one event loop that wait for a batch."""

    token: object
    lock: anyio.Lock = field(default_factory=anyio.Lock)
    requests: list[Request] = field(default_factory=list)
    replies: dict[Request, Drawn | Exception] = field(default_factory=dict)


class Batching:
    """Computes concurrent requests in batches, in a thread.

    The first request that waits computes the next batch for all requests that have arrived. No
    thread or task remains when no request waits, and an interruption ends a running batch at its
    next token.

    Args:
        compute: computes a batch.
        batch_size: maximum number of requests in a batch.

    Examples:
        >>> import asyncio
        >>> from truing.oversight.local import Batching, Drawn, Request
        >>> def compute(batch, stopped):
        ...     return [Drawn(f"one of {len(batch)}", "stop", 1, 1) for _ in batch]
        >>> async def ask_two():
        ...     batching = Batching(compute, batch_size=8)
        ...     work = [batching.ask(Request("Hello", 10)) for _ in range(2)]
        ...     return [one.text for one in await asyncio.gather(*work)]
        >>> asyncio.run(ask_two())
        ['one of 2', 'one of 2']
    """

    def __init__(self, compute: Compute, batch_size: int):
        self.compute, self.batch_size = compute, batch_size
        self._waiting: _Waiting | None = None

    async def ask(self, request: Request) -> Drawn:
        """Reply to a request.

        Raises:
            Exception: the error with which the batch of the request failed.
        """
        token = current_token()
        if self._waiting is None or self._waiting.token != token:
            self._waiting = _Waiting(token)  # an earlier event loop has ended
        waiting = self._waiting
        waiting.requests.append(request)
        try:
            async with waiting.lock:
                while request not in waiting.replies:
                    await self._next_batch(waiting)
        finally:
            if request in waiting.requests:
                waiting.requests.remove(request)
        reply = waiting.replies.pop(request)
        if isinstance(reply, Exception):
            raise reply
        return reply

    async def _next_batch(self, waiting: _Waiting) -> None:
        await _gathered(waiting)
        kind = waiting.requests[0].letters  # the first token takes one step, a text hundreds
        batch = [one for one in waiting.requests if one.letters == kind][: self.batch_size]
        waiting.requests = [one for one in waiting.requests if one not in batch]
        stopped = Event()
        try:
            replies: Sequence[Drawn | Exception] = await anyio.to_thread.run_sync(
                self.compute, batch, stopped, abandon_on_cancel=True
            )
        except Exception as error:
            replies = [error] * len(batch)
        finally:
            stopped.set()
        waiting.replies.update(zip(batch, replies, strict=True))


async def _gathered(waiting: _Waiting) -> None:
    """Wait until no more requests arrive; all plays send their next request at the same time."""
    seen = 0
    while seen < len(waiting.requests):
        seen = len(waiting.requests)
        await anyio.sleep(GATHER)
