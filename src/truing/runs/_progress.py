"""Live progress of a run, which its folder states for other processes.

The file of the progress is written at most once a second. A lock on the folder shows whether a
process is still at work; the system removes the lock however the process ends.
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
from truing.runs._kinds import PROGRESS
from truing.studies import write_whole

PAUSE = 1.0  # seconds between two writings
TRIES = 25
LONGEST = 500  # characters of what went wrong


@dataclass(frozen=True)
class RunProgress:
    """Progress of a run when it was last written.

    Attributes:
        state: running, finished, failed or stopped.
        what: the kind of work, protocol or researcher that is at work.
        done, total: of that.
        began, told: when the run began and when this was written, in seconds since 1970.
        why: it failed, in one line; else empty.
    """

    state: str
    what: str
    done: int
    total: int
    began: float
    told: float
    why: str = ""


class Live:
    """A context that writes the progress of a run, and at its end whether it finished.

    A mistake of the user's leaves nothing behind: that run did not begin. A folder that cannot be
    written to stops no run; its progress is then not written.

    Args:
        folder: the run's, claimed.
        watch: also called with the progress.
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
        """What is being done, how much is done, how much there is to do."""
        if self.watch:
            self.watch(what, done, total, *more)
        first, late = not self._now.total, time.time() - self._now.told >= PAUSE
        self._tell("running", what=what, done=done, total=total, write=first or late)

    def __exit__(self, kind: type | None, error: BaseException | None, _: object) -> None:
        if error is None:
            self._tell("finished")
        elif isinstance(error, UserError):
            with suppress(OSError):
                self.path.unlink()
        elif isinstance(error, Exception):
            why = " ".join(f"{type(error).__name__}: {error}".split())
            self._tell("failed", why=why[:LONGEST])
        else:
            self._tell("stopped")
        if self._lock >= 0:
            os.close(self._lock)

    def _tell(self, state: str, write: bool = True, **known: Any) -> None:
        told = time.time() if write else self._now.told
        self._now = replace(self._now, **known, state=state, told=told)
        if write:
            self._write()

    def _write(self) -> None:
        with suppress(OSError):
            write_whole(self.path, (json.dumps(asdict(self._now)) + "\n").encode())


def read_progress(content: bytes) -> RunProgress | None:
    """The progress that `progress.json` states; None where it states none."""
    try:
        held = json.loads(content)
        numbers = [held[name] for name in ("done", "total", "began", "told")]
        texts = [held[name] for name in ("state", "what", "why")]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    if not all(type(one) in (int, float) for one in numbers):
        return None
    if not all(isinstance(one, str) for one in texts):
        return None
    (done, total, began, told), (state, what, why) = numbers, texts
    return RunProgress(state, what, done, total, began, told, why)


def in_use(folder: Path) -> bool:
    """Whether a run is at work in a folder, in whatever process of this machine."""
    try:
        handle = _lock(folder, shared=False)
    except BlockingIOError:
        return True
    if handle >= 0:
        os.close(handle)
    return False


def lock_alone(folder: Path) -> int:
    """Lock a folder until the returned handle is closed; -1 where the system has no such locks.

    Raises:
        UserError: another process is at work there.
    """
    for _ in range(TRIES):  # `in_use` locks the folder for a moment
        with suppress(BlockingIOError):
            return _lock(folder, shared=False)
        time.sleep(0.02)
    raise UserError(f"{folder} is in use by another command; stop that one, or name another --out")


def _lock(folder: Path, shared: bool) -> int:
    """An open folder that is locked; -1 where there are no such locks.

    Raises:
        BlockingIOError: not shared, and another process holds the lock.
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
