"""Working folders of sandboxed processes: each is locked while its launcher lives.

A launcher that is killed leaves its folder behind; the next start finds that the folder is not
locked any more, and removes it.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from truing.research.isolation._trials import NOBODY_AT_ALL

PREFIX = "truing-sandbox-"
YOUNG = 60.0  # seconds; a folder this young may be about to be locked


def make_folder() -> tuple[Path, int]:
    """A new folder, and the descriptor that keeps it locked until it is closed."""
    path = Path(tempfile.mkdtemp(prefix=PREFIX))
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    _lock(handle)
    return path, handle


def remove_folder(path: Path, handle: int) -> None:
    """Remove a folder that is not used any more."""
    shutil.rmtree(path, ignore_errors=True)
    os.close(handle)


def remove_leftovers() -> None:
    """Remove this user's folders that no living launcher has locked."""
    for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError):
            handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                found = os.fstat(handle)
                old = time.time() - found.st_mtime > YOUNG
                if old and _ours(found.st_uid) and _lock(handle):
                    shutil.rmtree(path, ignore_errors=True)
            finally:
                os.close(handle)


def _ours(user: int) -> bool:
    """Whether a folder is of this user, or root's, given to the user of a sandboxed process."""
    return user == os.getuid() or (os.getuid() == 0 and user >= NOBODY_AT_ALL)


def _lock(handle: int) -> bool:
    """Lock a folder; False where another process has locked it."""
    import fcntl  # which Windows lacks, where nothing is isolated

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
