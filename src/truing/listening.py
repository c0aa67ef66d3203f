"""Listening: sockets of servers on this machine, and uvicorn servers on them."""

from __future__ import annotations

import asyncio
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from truing.errors import UserError

if TYPE_CHECKING:
    import uvicorn

STOPPING = (signal.SIGINT, signal.SIGTERM)  # signals that stop a server


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


def run_server(
    make: Callable[[], uvicorn.Server], listener: socket.socket, announce: Callable[[], None]
) -> None:
    """Make a uvicorn server, announce it, and run it until a signal stops it.

    A signal interrupts neither the making nor the event loop: it stops the server, and its handler
    runs after that.

    Args:
        make: makes the server.
        listener: the socket on which it listens.
        announce: prints the address.
    """
    with closing(asyncio.Runner()) as runner, _stopping() as stop:
        server = make()
        stop.watch(server)
        announce()
        with closing(server.serve(sockets=[listener])) as coroutine:
            runner.run(coroutine)


class _Stop:
    """Handler of signals: notes them, and stops a server."""

    def __init__(self) -> None:
        self.came: list[int] = []
        self.server: uvicorn.Server | None = None

    def __call__(self, number: int, frame: object) -> None:
        self.came.append(number)
        if self.server is not None:
            self.server.should_exit = True

    def watch(self, server: uvicorn.Server) -> None:
        """Let signals stop this server, also those that came before."""
        self.server = server
        server.should_exit = bool(self.came)


@contextmanager
def _stopping() -> Iterator[_Stop]:
    """Context in which signals stop a server. Their own handlers run at its end.

    Masking signals is not enough: another thread can receive a signal, and Python then runs its
    handler in this thread.
    """
    stop = _Stop()
    main = threading.current_thread() is threading.main_thread()  # no other thread handles signals
    before = {one: signal.getsignal(one) or signal.SIG_DFL for one in STOPPING if main}
    for one in before:
        signal.signal(one, stop)
    try:
        yield stop
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
        for number in stop.came:
            signal.raise_signal(number)
