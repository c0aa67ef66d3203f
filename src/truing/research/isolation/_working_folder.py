"""Working folders of sandboxed processes. Each folder is locked while its launcher runs.

If a launcher is killed, its folder remains without a lock, and the next start removes it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from truing.research.isolation.kernel._trials import FIRST_UNUSED_USER

PREFIX = "truing-sandbox-"
YOUNG = 60.0  # seconds; a younger folder may not be locked yet


def make_folder() -> tuple[Path, int]:
    """A new folder, and the file descriptor that locks it until it is closed."""
    path = Path(tempfile.mkdtemp(prefix=PREFIX))
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    _lock(handle)
    return path, handle


def remove_folder(path: Path, handle: int) -> None:
    """Remove a folder and release its lock."""
    _remove(path)
    os.close(handle)


def remove_leftovers() -> None:
    """Remove this user's folders that no running launcher has locked."""
    for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError):
            handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                found = os.fstat(handle)
                old = time.time() - found.st_mtime > YOUNG
                if old and _ours(found.st_uid) and _lock(handle):
                    _remove(path)
            finally:
                os.close(handle)


def _remove(path: Path) -> None:
    try:
        shutil.rmtree(path, ignore_errors=True)
    except RecursionError:  # a run may make thousands of folders in folders
        subprocess.run(["rm", "-rf", "--", path], capture_output=True, check=False)


def _ours(user: int) -> bool:
    """Whether a folder belongs to this user or, for root, to the user of a sandboxed process."""
    return user == os.getuid() or (os.getuid() == 0 and user >= FIRST_UNUSED_USER)


def _lock(handle: int) -> bool:
    """Lock a folder; False if another process has locked it."""
    import fcntl  # not available on Windows, where isolation is not supported

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
