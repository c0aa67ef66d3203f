"""Only server: a folder of a referee is served by one process at a time.

Further processes score with `truing referee work`. The lock is the kernel's, so it is free as soon
as the server ends in any way; the content of the locked file only makes the refusal clearer.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from truing.errors import UserError
from truing.research._file_lock import lock, open_private
from truing.run_files import SERVER_LOCK

LONGEST_ADDRESS = 300  # bytes


class OnlyServer:
    """The lock of the process that serves a folder; made by `only_server`."""

    def __init__(self, handle: int):
        self._handle = handle

    def state(self, address: str) -> None:
        """State where the folder is served, for the message of a refused second server."""
        os.ftruncate(self._handle, 0)
        os.pwrite(self._handle, address.encode()[:LONGEST_ADDRESS], 0)


@contextmanager
def only_server(folder: Path) -> Iterator[OnlyServer]:
    """Context in which no other process can serve a folder.

    Args:
        folder: folder of the referee.

    Raises:
        UserError: another process serves the folder.
    """
    handle = open_private(folder / SERVER_LOCK)
    try:
        if not lock(handle, wait=False):
            address = os.pread(handle, LONGEST_ADDRESS, 0).decode("utf-8", "replace")
            raise UserError(
                f"{folder} is served already{f' at {address}' if address else ''}; a folder has "
                "one server; connect to that server or stop it, and for more workers run truing "
                f"referee work --folder {folder}"
            )
        server = OnlyServer(handle)
        server.state("")
        yield server
    finally:
        os.close(handle)


def check_not_served(folder: Path) -> None:
    """Raise UserError if another process serves a folder.

    A refused server must change nothing, such as the caps of a contest, before it is refused.

    Args:
        folder: folder of the referee, which exists.
    """
    with only_server(folder):
        pass
