"""Guard: checks every request before a page sees it. The body of a refused request is not read.

A page of another site may send a browser here, and may even let its own host name point here (DNS
rebinding); another user of this machine may connect too. Therefore a request must name this server
as its host, must not come from another origin, and must contain a cookie that this server issued.
The headers of every answer allow the browser to load and run only files of this server.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, MutableMapping
from http.cookies import CookieError, SimpleCookie
from typing import Any

from starlette.datastructures import Headers, MutableHeaders

from truing.server._keys import Keys

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Scope]]
Send = Callable[[Scope], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

ENTRANCE, STATIC = "/enter", "/static/"
SAFE = ("GET", "HEAD")
MOST_BODY = 1_000_000  # largest request body, in bytes
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",  # without referrer, our forms would have the origin "null"
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}
"""Headers of every answer, unless the answer sets them itself."""


class Guard:
    """ASGI application around another application; sets `scope["visitor"]` to the visitor's name.

    Args:
        app: the guarded application.
        keys: the codes and cookies that give access.
        hosts: allowed host names of the server, each with its port: `127.0.0.1:8322`.
    """

    def __init__(self, app: App, keys: Keys, hosts: Collection[str]):
        self.app, self.keys, self.hosts = app, keys, frozenset(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":  # no page opens a web socket
            await send({"type": "websocket.close", "code": 1008})
            return
        headers = Headers(scope=scope)
        visitor = self.keys.who(cookie_of(headers, cookie_name(scope)))
        refusal = self._foreign(scope, headers) or _unknown(scope, visitor)
        if refusal:
            await _refuse(_fortified(send), *refusal)
            return
        await self.app({**scope, "visitor": visitor}, receive, _fortified(send))

    def _foreign(self, scope: Scope, headers: Headers) -> tuple[int, str] | None:
        """Status and reason if a request comes neither from our pages nor from the address bar."""
        host, origin = headers.getlist("host"), headers.get("origin")
        if len(host) != 1 or host[0].lower() not in self.hosts:
            return 421, "unknown host name; open the link that this server printed"
        if origin is not None and origin != f"http://{host[0].lower()}":
            return 403, "the request comes from another site"
        writes, site = scope["method"] not in SAFE, headers.get("sec-fetch-site", "none")
        if site not in ("same-origin", "none") and (writes or not _is_visit(headers)):
            return 403, "the request comes from another site"
        if writes and origin is None:
            return 403, "the request has no Origin header"
        length = headers.get("content-length", "")
        if writes and not (length.isascii() and length.isdigit() and len(length) < 12):
            return 411, "the request has no valid Content-Length header"
        if writes and int(length) > MOST_BODY:
            return 413, f"the request body must be at most {MOST_BODY:,} bytes, got {int(length):,}"
        return None


def cookie_name(scope: Scope) -> str:
    """Name of the cookie; it contains the port, because all ports of a host share cookies."""
    return f"truing-{(scope.get('server') or ('', 0))[1]}"


def cookie_of(headers: Headers, name: str) -> str:
    """A cookie's value; empty if there is none."""
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(name)
    except CookieError:
        return ""
    return found.value if found else ""


def _is_visit(headers: Headers) -> bool:
    """Whether a person followed a link, and not a script, image or frame sent the request."""
    return (
        headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest") == "document"
    )


def _unknown(scope: Scope, visitor: str | None) -> tuple[int, str] | None:
    """Status and reason if a visitor without a cookie requests a page."""
    if visitor is not None or scope["path"] == ENTRANCE or scope["path"].startswith(STATIC):
        return None
    return 401, "not signed in; open the link that this server printed in its terminal"


def _fortified(send: Send) -> Send:
    """Add HEADERS to each answer, except those that the answer sets itself."""

    async def sent(message: Scope) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(raw=list(message.get("headers", ())))
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
            message = {**message, "headers": headers.raw}
        await send(message)

    return sent


async def _refuse(send: Send, status: int, line: str) -> None:
    body = f"truing: {line}\n".encode()
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", b"%d" % len(body)),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
