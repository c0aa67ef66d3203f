"""Live progress of a run, stored in its folder for other processes.

progress.json is written at most once per second. A lock on the folder shows whether a process still
works in it; the operating system releases the lock when the process ends, even if it is killed.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Self

from truing.errors import UserError
from truing.run_files import PROGRESS
from truing.studies import write_whole

PAUSE = 1.0  # minimum seconds between two writes
TRIES = 25
LONGEST = 500  # characters of an error message
ANOTHER_FOLDER = "choose another folder with --out (in Python: out=FOLDER)"


@dataclass(frozen=True)
class RunProgress:
    """Progress of a run when it was last written.

    Attributes:
        state: running, finished, failed or stopped.
        what: kind of work, protocol or researcher in progress.
        done, total: completed and total number of steps of it.
        began: start of the run, in seconds since 1970.
        written: time of the last write, in seconds since 1970.
        why: one-line error message of a failed run; else empty.
    """

    state: str
    what: str
    done: int
    total: int
    began: float
    written: float
    why: str = ""


class Live:
    """A context manager that writes the progress of a run, and its final state.

    After a UserError the file is removed, because the run did not start. If the folder is not
    writable, the run continues without progress.

    Args:
        folder: the claimed run folder.
        watch: callback that also receives the progress.
    """

    def __init__(self, folder: Path, watch: Callable[..., None] | None = None):
        self.path, self.watch = folder / PROGRESS, watch
        self._now = RunProgress("running", "", 0, 0, began := time.time(), began)
        self._lock = -1

    def __enter__(self) -> Self:
        self._lock = _lock(self.path.parent, shared=True)
        self._write()
        return self

    def __call__(self, what: str, done: int, total: int, *more: Any) -> None:
        """Record the kind of work in progress, the completed steps and the total."""
        if self.watch:
            self.watch(what, done, total, *more)
        first, late = not self._now.total, time.time() - self._now.written >= PAUSE
        self._set("running", what=what, done=done, total=total, write=first or late)

    def __exit__(self, kind: type | None, error: BaseException | None, _: object) -> None:
        if error is None:
            self._set("finished")
        elif isinstance(error, UserError):
            with suppress(OSError):
                self.path.unlink()
        elif isinstance(error, Exception):
            why = " ".join(f"{type(error).__name__}: {error}".split())
            self._set("failed", why=why[:LONGEST])
        else:
            self._set("stopped")
        if self._lock >= 0:
            os.close(self._lock)

    def _set(self, state: str, write: bool = True, **known: Any) -> None:
        now = time.time() if write else self._now.written
        self._now = replace(self._now, **known, state=state, written=now)
        if write:
            self._write()

    def _write(self) -> None:
        with suppress(OSError):
            write_whole(self.path, (json.dumps(asdict(self._now)) + "\n").encode())


def read_progress(content: bytes) -> RunProgress | None:
    """Read the content of progress.json; None if it is invalid."""
    try:
        stated = json.loads(content)
        last = "written" if "written" in stated else "told"  # its name in truing 0.1.0
        numbers = [stated[name] for name in ("done", "total", "began", last)]
        texts = [stated[name] for name in ("state", "what", "why")]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    if not all(type(one) in (int, float) for one in numbers):
        return None
    if not all(isinstance(one, str) for one in texts):
        return None
    (done, total, began, written), (state, what, why) = numbers, texts
    return RunProgress(state, what, done, total, began, written, why)


def in_use(folder: Path) -> bool:
    """Whether any process of this machine is running in a folder."""
    try:
        handle = _lock(folder, shared=False)
    except BlockingIOError:
        return True
    if handle >= 0:
        os.close(handle)
    return False


def lock_alone(folder: Path) -> int:
    """Lock a folder until the returned handle is closed; -1 if the system has no such locks.

    Raises:
        UserError: another process uses the folder.
    """
    for _ in range(TRIES):  # `in_use` locks the folder for a moment
        with suppress(BlockingIOError):
            return _lock(folder, shared=False)
        time.sleep(0.02)
    raise UserError(f"{folder} is in use by another command; stop it, or {ANOTHER_FOLDER}")


def _lock(folder: Path, shared: bool) -> int:
    """Open and lock a folder; returns the handle, or -1 if the system has no such locks.

    Raises:
        BlockingIOError: `shared` is false, and another process has the lock.
    """
    try:
        import fcntl

        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except (ImportError, OSError):
        return -1
    try:
        fcntl.flock(handle, fcntl.LOCK_SH if shared else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise
    except OSError:
        os.close(handle)
        return -1
    return handle
