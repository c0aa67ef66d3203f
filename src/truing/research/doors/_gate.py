"""Gate: who may come in to the server, and how much may be brought; nothing else is read before."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from truing.errors import TruingError
from truing.research.doors._operator import Operator
from truing.research.doors._tokens import Tokens

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Scope]]
Send = Callable[[Scope], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

OPEN = ("/docs", "/openapi.json")  # what the server can do is no secret
# The longest file and card, if every letter of them is written as a pair of JSON's \\uXXXX.
MOST_BODY = 1_300_000  # bytes
MOST_READ = 16_000_000  # bytes that are read and thrown away, so that a client hears the answer
AMBIGUOUS = "the request has both Content-Length and Transfer-Encoding; send one of them"
PATIENCE = 30.0  # seconds for the whole body


class Gate:
    """ASGI middleware: it refuses a request without a valid token, or with too large a body.

    A request with both Content-Length and Transfer-Encoding is refused too: a proxy may read
    another body from it than this server does (RFC 9112, section 6.1).

    Args:
        app: which finds the researcher's name in the scope.
        tokens: of the researchers.
        operator: reads why the tokens could not be read.
    """

    def __init__(self, app: App, tokens: Tokens, operator: Operator):
        self.app, self.tokens, self.operator = app, tokens, operator

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
            self.operator.tell(error)
            await _refuse(send, 500, "the referee cannot read its tokens; its operator knows why")
            return
        try:
            body = await asyncio.wait_for(_read(receive), PATIENCE)
        except TimeoutError:
            await _refuse(send, 408, f"the body did not come within {PATIENCE:.0f} s")
            return
        if researcher is None:
            await _refuse(send, 401, "the token is missing or unknown; send it as a bearer token")
        elif body is None:
            await _refuse(send, 413, f"the body is larger than {MOST_BODY} bytes")
        else:
            await self.app({**scope, "researcher": researcher}, _replay(body, receive), send)


def _is_ambiguous(scope: Scope) -> bool:
    """Whether two headers say where the body ends."""
    names = {name for name, _ in scope["headers"]}
    return {b"content-length", b"transfer-encoding"} <= names


def _token(scope: Scope) -> str:
    given = [value for name, value in scope["headers"] if name == b"authorization"]
    scheme, _, token = b"".join(given[:1]).decode("latin-1").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


async def _read(receive: Receive) -> bytes | None:
    """The whole body; None where it is too large, and then it is not kept."""
    parts, size, more = [], 0, True
    while more and size <= MOST_READ:
        message = await receive()
        part = message.get("body", b"")
        size += len(part)
        parts.append(part)
        if size > MOST_BODY:
            parts.clear()
        more = message.get("more_body", False)
    return None if size > MOST_BODY else b"".join(parts)


def _replay(body: bytes, receive: Receive) -> Receive:
    """Gives the body once more, to the app."""
    told = False

    async def again() -> Scope:
        nonlocal told
        if told:
            return await receive()
        told = True
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
