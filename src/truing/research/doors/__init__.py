"""Doors: the connections between a researcher and a referee, all with the same interface.

`LocalDoor` is a folder on this machine, `HttpDoor` a served referee. `serve_http` and `serve_mcp`
are the servers, and `research` is the task for Inspect's agents.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from truing.lazy import lazy_names

if TYPE_CHECKING:
    from truing.research.doors._contract import Door, LocalDoor, wait_for
    from truing.research.doors._forwarding import ForwardingDoor
    from truing.research.doors._http import HttpDoor
    from truing.research.doors._inspect import best_released, research, researching
    from truing.research.doors._keep import receipt_path
    from truing.research.doors._mcp import serve_mcp
    from truing.research.doors._only_server import check_not_served
    from truing.research.doors._open import open_door, referee_in
    from truing.research.doors._server import serve_http
    from truing.research.doors._tokens import Tokens
    from truing.research.doors._untrusted import Untrusted
    from truing.research.doors._worker import work

_HOMES = {
    "_contract": ("Door", "LocalDoor", "wait_for"),
    "_forwarding": ("ForwardingDoor",),
    "_http": ("HttpDoor",),
    "_inspect": ("best_released", "research", "researching"),
    "_keep": ("receipt_path",),
    "_mcp": ("serve_mcp",),
    "_only_server": ("check_not_served",),
    "_open": ("open_door", "referee_in"),
    "_server": ("serve_http",),
    "_tokens": ("Tokens",),
    "_untrusted": ("Untrusted",),
    "_worker": ("work",),
}

__all__ = [
    "Door",
    "ForwardingDoor",
    "HttpDoor",
    "LocalDoor",
    "Tokens",
    "Untrusted",
    "best_released",
    "check_not_served",
    "open_door",
    "receipt_path",
    "referee_in",
    "research",
    "researching",
    "serve_http",
    "serve_mcp",
    "wait_for",
    "work",
]

# On first use, because FastAPI, MCP and Inspect load slowly.
__getattr__, __dir__ = lazy_names(__name__, _HOMES)
