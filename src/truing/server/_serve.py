"""Serve pages on this machine only, and print the links that give access."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter

from truing.listening import listen, run_server
from truing.server._app import make_app
from truing.server._guard import ENTRANCE, Guard
from truing.server._keys import Keys

if TYPE_CHECKING:
    import uvicorn

HOST = "127.0.0.1"
NAMES = (HOST, "localhost")
GRACE = 1  # seconds for unfinished answers at shutdown; the events of a live page never finish


def serve(
    routers: Collection[APIRouter],
    port: int,
    what: str,
    *,
    visitors: Sequence[str] = ("owner",),
    opened: Callable[[str], Any] | None = None,
) -> None:
    """Serve pages until interrupted.

    Args:
        port: number of the port; 0 for any free port.
        what: description of the pages for the terminal.
        visitors: names of the visitors; each gets a separate link.
        opened: called with the first visitor's link.

    Raises:
        UserError: the server cannot listen on the port.
    """
    with listen(HOST, port) as listener:
        port, keys = listener.getsockname()[1], Keys()

        def new_link(visitor: str) -> str:
            return f"http://{HOST}:{port}{ENTRANCE}?code={keys.code(visitor)}"

        def print_next_link(visitor: str) -> None:
            name = f" of {visitor}" if len(visitors) > 1 else ""
            print(f"link for another browser{name}: {new_link(visitor)}", flush=True)

        app = make_app(routers, keys, hosts(port), entered=print_next_link)

        def announce() -> None:
            links = {visitor: new_link(visitor) for visitor in visitors}
            print(f"{what}, served on this machine only, until Ctrl-C", flush=True)
            for visitor, link in links.items():
                print(f"{visitor}: {link}" if len(links) > 1 else link, flush=True)
            if opened:
                opened(links[visitors[0]])

        with contextlib.suppress(KeyboardInterrupt):
            run_server(lambda: _server(app), listener, announce)


def _server(app: Guard) -> uvicorn.Server:
    import uvicorn

    config = uvicorn.Config(
        app,
        log_level="critical",  # the error pages report errors; open pages at shutdown are none
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=GRACE,
    )
    return uvicorn.Server(config)


def hosts(port: int) -> tuple[str, ...]:
    """Allowed host names of a server on this machine."""
    return tuple(f"{name}:{port}" for name in NAMES)
