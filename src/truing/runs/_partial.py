"""Partial results: the results so far of a run in progress, stored for other processes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

from truing.run_files import PARTIAL
from truing.runs._claim import as_json_lines
from truing.studies import write_whole

PAUSE = 5.0  # seconds before the first write, and at least between two writes
SHARE = 0.02  # largest share of a run's time that is spent on partial results


class PartialResults:
    """A context manager that stores the results so far, and removes them when the run has ended.

    After an error or an interruption they remain. If the folder is not writable, the run continues
    without them.

    Args:
        folder: the claimed run folder.
        rows: makes the rows so far, in the format of the run's results.
        watch: callback that receives all progress first.
    """

    def __init__(
        self,
        folder: Path,
        rows: Callable[[], Iterable[Mapping[str, Any]]],
        watch: Callable[..., None] | None = None,
    ):
        self.path, self.rows, self.watch = folder / PARTIAL, rows, watch
        self._due = time.monotonic() + PAUSE

    def __enter__(self) -> Self:
        self._remove()  # the file of an interrupted run
        return self

    def __call__(self, *progress: Any) -> None:
        """Pass progress on, and store the results so far if that is due."""
        if self.watch:
            self.watch(*progress)
        self.update()

    def update(self) -> None:
        """Store the results so far, unless the last write was a short time ago."""
        began = time.monotonic()
        if began < self._due:
            return
        with suppress(OSError):
            write_whole(self.path, as_json_lines(self.rows()).encode())
        ended = time.monotonic()
        self._due = ended + max(PAUSE, (ended - began) / SHARE)

    def __exit__(self, kind: type | None, *_: object) -> None:
        if kind is None:
            self._remove()

    def _remove(self) -> None:
        with suppress(OSError):
            self.path.unlink(missing_ok=True)
