"""Ports for servers that a test starts with a port number."""

from __future__ import annotations

import itertools
import os
import socket

FIRST, COUNT = 20_000, 10_000  # below the ports that systems give to clients (32768 and above)
_numbers = itertools.count(os.getpid() * 97)  # workers of the suite start at different numbers


def free_port() -> int:
    """A port on which nothing listens, and which the system gives to no client meanwhile."""
    while True:
        port = FIRST + next(_numbers) % COUNT
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) != 0:
                return port
