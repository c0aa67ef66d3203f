"""Locks on files between processes. The operating system releases them when a process ends."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def open_private(path: Path) -> int:
    """The descriptor of a file for locks, which is created if it is missing.

    Python's descriptors are not inherited by programs that this process starts, so that no other
    process keeps the lock.
    """
    return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)


def lock(handle: int, wait: bool) -> bool:
    """Lock an open file against other processes; return whether it is locked now.

    On Windows, which has no such locks, the answer is always true: a folder has one process there.

    Args:
        handle: descriptor of the file.
        wait: whether to wait until no other process has the lock.
    """
    with suppress(ImportError):
        import fcntl

        try:
            fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            return False
    return True
