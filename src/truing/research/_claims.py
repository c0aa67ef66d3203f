"""Claims: which submissions the workers of a folder score now, across threads and processes.

A claim is a locked file beside the ledger, not an entry in it. The operating system releases the
lock when the process ends in any way, so the submission of a killed worker can be claimed at once.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from truing.research._file_lock import lock, open_private
from truing.run_files import CLAIMS, CLAIMS_GUARD


class Claims:
    """Claims on submissions in the folder of a referee.

    Args:
        folder: folder of the referee. All its workers run on one machine.
    """

    def __init__(self, folder: Path):
        self.place, self.guard = folder / CLAIMS, folder / CLAIMS_GUARD
        self._own: dict[int, int] = {}  # file descriptor of each claim of this process
        self._choosing = threading.Lock()

    @contextmanager
    def choosing(self) -> Iterator[set[int]]:
        """Context in which no other worker can claim anything; yields the claimed numbers."""
        with self._choosing:
            self.place.mkdir(mode=0o700, parents=True, exist_ok=True)
            guard = open_private(self.guard)
            try:
                lock(guard, wait=True)
                yield self._claimed()
            finally:
                os.close(guard)

    @contextmanager
    def claim(self, number: int) -> Iterator[None]:
        """Context that ends with the release of a number that `take` has claimed."""
        try:
            yield
        finally:
            with suppress(OSError):
                self._path(number).unlink()
            os.close(self._own.pop(number))

    def take(self, number: int) -> None:
        """Claim a number that is not claimed; call it inside `choosing`."""
        handle = open_private(self._path(number))
        lock(handle, wait=False)
        self._own[number] = handle

    def _claimed(self) -> set[int]:
        """Claimed numbers; the files of workers that were killed are removed."""
        found = set(self._own)
        for path in self.place.iterdir():
            if not path.name.isdigit() or int(path.name) in found:
                continue
            with suppress(FileNotFoundError):  # released meanwhile
                handle = os.open(path, os.O_RDWR)
                try:
                    if lock(handle, wait=False):
                        path.unlink()
                    else:
                        found.add(int(path.name))
                finally:
                    os.close(handle)
        return found

    def _path(self, number: int) -> Path:
        return self.place / str(number)
