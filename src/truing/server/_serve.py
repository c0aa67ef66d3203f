"""Serving: a socket on this machine alone, and the links that let people in."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Sequence
from typing import Any

from fastapi import APIRouter

from truing.server._app import make_app
from truing.server._guard import ENTRANCE
from truing.server._keys import Keys

HOST = "127.0.0.1"
NAMES = (HOST, "localhost")
GRACE = 1  # seconds for answers under way, of which a live page's has no end


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
        port: 0 for any that is free.
        what: is served, in words.
        visitors: who may come; each has a link of their own.
        opened: given the first one's link.

    Raises:
        UserError: it cannot listen there.
    """
    import uvicorn

    from truing.research.doors._server import listen, run_server

    with listen(HOST, port) as listener:
        port, keys = listener.getsockname()[1], Keys()

        def link(who: str) -> str:
            return f"http://{HOST}:{port}{ENTRANCE}?code={keys.code(who)}"

        def again(who: str) -> None:
            name = f", for {who}" if len(visitors) > 1 else ""
            print(f"another browser, once{name}: {link(who)}", flush=True)

        app = make_app(routers, keys, hosts(port), entered=again)
        links = {who: link(who) for who in visitors}
        print(f"{what}, for this machine alone, until Ctrl-C", flush=True)
        for who, one in links.items():
            print(f"{who}: {one}" if len(links) > 1 else one, flush=True)
        if opened:
            opened(links[visitors[0]])
        config = uvicorn.Config(
            app,
            log_level="critical",  # of faults we tell ourselves, and open pages are none
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=GRACE,
        )
        with contextlib.suppress(KeyboardInterrupt):
            run_server(uvicorn.Server(config), listener)


def hosts(port: int) -> tuple[str, ...]:
    """What a server on this machine may be called."""
    return tuple(f"{name}:{port}" for name in NAMES)
