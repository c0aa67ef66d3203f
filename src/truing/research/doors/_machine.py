"""Check whether an address belongs to this machine."""

from __future__ import annotations

import contextlib
import socket
from ipaddress import ip_address


def is_loopback(host: str) -> bool:
    """Whether a host is `localhost` or a loopback address."""
    with contextlib.suppress(ValueError):
        return host == "localhost" or ip_address(host).is_loopback
    return False


def is_this_machine(host: str) -> bool:
    """Whether a host name or address belongs to this machine: a socket can be bound to it."""
    if is_loopback(host):
        return True
    try:
        found = socket.getaddrinfo(host, 0, type=socket.SOCK_DGRAM)
    except (OSError, UnicodeError):
        return False
    return any(_binds(family, address) for family, _, _, _, address in found)


def _binds(family: int, address: tuple) -> bool:
    with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as tried:
        tried.bind(address)
        return True
    return False
