"""Patience: close connections that send no complete request in time.

uvicorn waits without limit for a request and for the rest of a request. A client without a token
could open many connections, send a byte now and then, and use up the process's open files.
"""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.h11_impl import H11Protocol

HEADERS = 10.0  # seconds for the head of a request; `RequestCheck` limits the time for its body
CONNECTIONS = 256  # simultaneous connections; further requests get 503, and clients try again


class PatientProtocol(H11Protocol):
    """uvicorn's protocol with a deadline for the head of a request."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the deadline."""
        super().connection_made(transport)
        self._deadline = self.loop.call_later(HEADERS, self._give_up)

    def connection_lost(self, exc: Exception | None) -> None:
        """Cancel the deadline."""
        self._deadline.cancel()
        super().connection_lost(exc)

    def handle_events(self) -> None:
        """Cancel the deadline when the head of a request is complete."""
        before = self.cycle
        super().handle_events()
        if self.cycle is not before:
            self._deadline.cancel()

    def on_response_complete(self) -> None:
        """Start the deadline of the next request."""
        self._deadline.cancel()
        self._deadline = self.loop.call_later(HEADERS, self._give_up)
        super().on_response_complete()

    def _give_up(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()
