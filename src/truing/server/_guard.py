"""Guard: what stands before every page. Nothing is read of a request that it refuses.

A page of another site may send a browser here, and may even let its own name point here (DNS
rebinding); another user of this machine may come by himself. So a request must name this server as
its host, must not come from another origin, and must bring the cookie of somebody who was let in.
What goes out says that nothing but our own files may be loaded or run.
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
MOST_BODY = 1_000_000  # bytes that a request may bring
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",  # with none, a form of ours would come from "null"
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}
"""Of every answer that does not say otherwise itself."""


class Guard:
    """ASGI application around another, which finds whom a request is from in `scope["visitor"]`.

    Args:
        app: what is guarded.
        keys: whose cookies let in.
        hosts: what the server may be called, with its port: `127.0.0.1:8322`.
    """

    def __init__(self, app: App, keys: Keys, hosts: Collection[str]):
        self.app, self.keys, self.hosts = app, keys, frozenset(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":  # no page of ours opens a web socket
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
        """Why a request is none of a page of ours or of the owner's hand."""
        host, origin = headers.getlist("host"), headers.get("origin")
        if len(host) != 1 or host[0].lower() not in self.hosts:
            return 421, "this server does not go by that name; open the link that it printed"
        if origin is not None and origin != f"http://{host[0].lower()}":
            return 403, "the request comes from another site"
        writes, site = scope["method"] not in SAFE, headers.get("sec-fetch-site", "none")
        if site not in ("same-origin", "none") and (writes or not _is_visit(headers)):
            return 403, "the request comes from another site"
        if writes and origin is None:
            return 403, "the request does not say which page it comes from"
        length = headers.get("content-length", "")
        if writes and not (length.isascii() and length.isdigit() and len(length) < 12):
            return 411, "the request does not say how long it is"
        if writes and int(length) > MOST_BODY:
            return 413, f"the request is longer than {MOST_BODY} bytes"
        return None


def cookie_name(scope: Scope) -> str:
    """Cookies are shared by all ports of a host: each server has its own name for it."""
    return f"truing-{(scope.get('server') or ('', 0))[1]}"


def cookie_of(headers: Headers, name: str) -> str:
    """A cookie's value; empty where there is none."""
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(name)
    except CookieError:
        return ""
    return found.value if found else ""


def _is_visit(headers: Headers) -> bool:
    """Whether somebody followed a link, and no script, image or frame asked."""
    return (
        headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest") == "document"
    )


def _unknown(scope: Scope, visitor: str | None) -> tuple[int, str] | None:
    if visitor is not None or scope["path"] == ENTRANCE or scope["path"].startswith(STATIC):
        return None
    return 401, "open the link that was printed where this server was started"


def _fortified(send: Send) -> Send:
    """Answers leave with our headers, unless they bring their own."""

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
