"""Listening: sockets of servers on this machine, and uvicorn servers on them."""

from __future__ import annotations

import asyncio
import signal
import socket
import threading
from collections.abc import Iterator
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


def run_server(server: uvicorn.Server, listener: socket.socket) -> None:
    """Run a uvicorn server until it stops.

    An interrupt before the event loop runs leaves no warning: signals wait until the loop is
    complete, and loop and coroutine are always closed.
    """
    runner = asyncio.Runner()
    with closing(server.serve(sockets=[listener])) as coroutine, closing(runner):
        with _signals_wait():
            runner.get_loop()
        runner.run(coroutine)


@contextmanager
def _signals_wait() -> Iterator[None]:
    """Signals that stop a server are handled at the end of the block.

    Masking signals is not enough: another thread can receive a signal, and Python then runs its
    handler in this thread.
    """
    came: list[int] = []
    main = threading.current_thread() is threading.main_thread()  # no other thread handles signals
    before = {one: signal.getsignal(one) or signal.SIG_DFL for one in STOPPING if main}
    for one in before:
        signal.signal(one, lambda number, frame: came.append(number))
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
        for number in came:
            signal.raise_signal(number)
