"""Doors: the connections between a researcher and a referee, all with the same interface.

This package exports `LocalDoor` (a folder on this machine) and `HttpDoor` (a served referee). The
HTTP server, the MCP server and the Inspect task use them, and are imported only when they run.
"""

from truing.research.doors._contract import Door, LocalDoor, wait_for
from truing.research.doors._forwarding import ForwardingDoor
from truing.research.doors._http import HttpDoor
from truing.research.doors._keep import receipt_path
from truing.research.doors._open import open_door, referee_in
from truing.research.doors._tokens import Tokens
from truing.research.doors._untrusted import Untrusted

__all__ = [
    "Door",
    "ForwardingDoor",
    "HttpDoor",
    "LocalDoor",
    "Tokens",
    "Untrusted",
    "open_door",
    "receipt_path",
    "referee_in",
    "wait_for",
]
