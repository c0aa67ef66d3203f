"""Listening: sockets of servers on this machine, and uvicorn servers on them."""

from __future__ import annotations

import asyncio
import signal
import socket
from contextlib import closing
from typing import TYPE_CHECKING

from truing.errors import UserError

if TYPE_CHECKING:
    import uvicorn


def listen(host: str, port: int) -> socket.socket:
    """A listening socket.

    Args:
        host: address to listen on.
        port: port to listen on; 0 for any free port.

    Raises:
        UserError: the address or the port cannot be used.

    Examples:
        >>> from truing.listening import listen
        >>> with listen("127.0.0.1", 0) as listener:
        ...     listener.getsockname()[0]
        '127.0.0.1'
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family)
    except (OSError, OverflowError, UnicodeError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise UserError(
            f"cannot listen at {host} port {port} ({why.lower()}); choose another port or host"
        ) from None


def run_server(server: uvicorn.Server, listener: socket.socket) -> None:
    """Run a uvicorn server until it stops.

    An interrupt before the event loop runs leaves no warning: signals wait until the loop is
    complete, and the coroutine is always closed.
    """
    signals = (signal.SIGINT, signal.SIGTERM)
    with closing(server.serve(sockets=[listener])) as coroutine, asyncio.Runner() as runner:
        waiting = signal.pthread_sigmask(signal.SIG_BLOCK, signals)
        try:
            runner.get_loop()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, waiting)
        runner.run(coroutine)
