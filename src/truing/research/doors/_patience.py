"""Patience: a connection that brings no whole request in time is closed.

uvicorn waits for ever for a first request, and for the rest of one: whoever opens connections and
sends a letter now and then would take all that the process may have open, without any token.
"""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.h11_impl import H11Protocol

HEADERS = 10.0  # seconds for the head of a request; the gate waits for its body
CONNECTIONS = 256  # at once; one more is told 503, and clients ask again


class PatientProtocol(H11Protocol):
    """uvicorn's, with a deadline for a request's head."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait."""
        super().connection_made(transport)
        self._deadline = self.loop.call_later(HEADERS, self._give_up)

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is waited for any more."""
        self._deadline.cancel()
        super().connection_lost(exc)

    def handle_events(self) -> None:
        """A request whose head is whole is in time."""
        before = self.cycle
        super().handle_events()
        if self.cycle is not before:
            self._deadline.cancel()

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        self._deadline.cancel()
        self._deadline = self.loop.call_later(HEADERS, self._give_up)
        super().on_response_complete()

    def _give_up(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()
