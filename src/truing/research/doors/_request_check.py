"""Request check: the token and the size of a request are checked before anything else reads it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import closing
from typing import Any

from truing.errors import TruingError
from truing.research.doors._operator import Operator
from truing.research.doors._tokens import Tokens

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Scope]]
Send = Callable[[Scope], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

OPEN = ("/docs", "/openapi.json")  # the description of the server is public
# The longest folder and card, if each character is written as a pair of JSON's \\uXXXX or escaped.
MOST_BODY = 2_500_000  # bytes
MOST_BODIES = 320_000_000  # bytes of all bodies in memory; further requests get 503
MOST_READ = 16_000_000  # bytes that are read and discarded, so that the client receives the answer
AMBIGUOUS = "the request has both Content-Length and Transfer-Encoding; send one of them"
MISSING = "the token is missing or unknown; send a token of truing referee token as a bearer token"
BUSY = "the referee is receiving too many large requests; try again in a second"
BODY_TIMEOUT = 30.0  # seconds for the whole body


class RequestCheck:
    """ASGI middleware that refuses requests without a valid token or with a body that is too large.

    It also refuses requests with both Content-Length and Transfer-Encoding, because a proxy may
    read another body from them than this server does (RFC 9112, section 6.1).

    Args:
        app: the protected application; the scope contains the researcher's name.
        tokens: tokens of the researchers.
        operator: receives errors in reading the tokens.
    """

    def __init__(self, app: App, tokens: Tokens, operator: Operator):
        self.app, self.tokens, self.operator = app, tokens, operator
        self.room = Room()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and _is_ambiguous(scope):
            await _refuse(send, 400, AMBIGUOUS, (b"connection", b"close"))
            return
        if scope["type"] != "http" or scope["path"] in OPEN:
            await self.app(scope, receive, send)
            return
        try:
            researcher = self.tokens.researcher(_token(scope))
        except (TruingError, OSError) as error:
            self.operator.report(error)
            await _refuse(send, 500, "the referee cannot read its tokens; ask the operator")
            return
        with closing(Body(self.room, 0 if researcher is None else MOST_BODY)) as body:
            try:
                await asyncio.wait_for(_read(receive, body), BODY_TIMEOUT)
            except TimeoutError:
                await _refuse(send, 408, f"the body did not arrive within {BODY_TIMEOUT:.0f} s")
                return
            if researcher is None:
                await _refuse(send, 401, MISSING)
            elif body.size > MOST_BODY:
                await _refuse(send, 413, f"the body must have at most {MOST_BODY} bytes")
            elif body.crowded:
                await _refuse(send, 503, BUSY, (b"retry-after", b"1"))
            else:
                again = _replay(b"".join(body.parts), receive)
                await self.app({**scope, "researcher": researcher}, again, send)


class Room:
    """Memory for the bodies of all requests.

    Attributes:
        left: number of bytes that may still be stored.
    """

    def __init__(self) -> None:
        self.left = MOST_BODIES


class Body:
    """The body of a request, as far as there is room for it.

    Args:
        room: memory for the bodies of all requests.
        most: largest number of stored bytes; a longer body is discarded.

    Attributes:
        size: number of received bytes.
        parts: stored parts; empty if the body was discarded.
        crowded: whether it was discarded because other bodies use all memory.
    """

    def __init__(self, room: Room, most: int):
        self.room, self.most = room, most
        self.size, self.parts, self.crowded = 0, list[bytes](), False
        self._stored = 0

    def add(self, part: bytes) -> None:
        """Store a part, or discard the body."""
        self.size += len(part)
        self.crowded |= self.size <= self.most and len(part) > self.room.left
        if self.size > self.most or self.crowded:
            self.close()
            return
        self.room.left -= len(part)
        self._stored += len(part)
        self.parts.append(part)

    def close(self) -> None:
        """Discard the stored parts."""
        self.parts.clear()
        self.room.left += self._stored
        self._stored = 0


def _is_ambiguous(scope: Scope) -> bool:
    """Whether two headers state the length of the body."""
    names = {name for name, _ in scope["headers"]}
    return {b"content-length", b"transfer-encoding"} <= names


def _token(scope: Scope) -> str:
    given = [value for name, value in scope["headers"] if name == b"authorization"]
    scheme, _, token = b"".join(given[:1]).decode("latin-1").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


async def _read(receive: Receive, body: Body) -> None:
    """Receive a body to its end, or as much of it as is discarded."""
    more = True
    while more and body.size <= MOST_READ:
        message = await receive()
        body.add(message.get("body", b""))
        more = message.get("more_body", False)


def _replay(body: bytes, receive: Receive) -> Receive:
    """A `receive` that returns the body again, for the application."""
    sent = False

    async def again() -> Scope:
        nonlocal sent
        if sent:
            return await receive()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


async def _refuse(send: Send, status: int, line: str, *more: tuple[bytes, bytes]) -> None:
    body = json.dumps({"error": line}).encode()
    length = b"%d" % len(body)
    headers = [(b"content-type", b"application/json"), (b"content-length", length), *more]
    if status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
