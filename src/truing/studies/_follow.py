"""Follow: how far the fine-tunings under way are, in whatever process or machine they run."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from truing.errors import TruingError
from truing.studies._step import Batch
from truing.studies._store import Store
from truing.studies.work import progress_key

SECONDS = 1.0  # between two looks

Watcher = Callable[[str, int, int, int], None]
"""Told of progress: kind of work, steps done, steps to do, steps found in the store."""


class Follower:
    """Passes progress on to a watcher; in between, tells how far the fine-tunings are.

    They note it in the store once a second, and remove the note at their end.
    """

    def __init__(self, watch: Watcher | None, store: Store):
        self.watch, self.store = watch, store
        self.last: tuple[str, int, int, int] = ("", 0, 0, 0)

    def __call__(self, kind: str, done: int, total: int, held: int) -> None:
        """What a watcher is told."""
        self.last = (kind, done, total, held)
        if self.watch:
            self.watch(*self.last)

    @contextlib.contextmanager
    def over(self, batches: Sequence[Batch]) -> Iterator[None]:
        """Look after those of some batches that are fine-tunings, while they run."""
        keys = [
            progress_key(job.key)
            for batch in batches
            if batch.kind.startswith("finetune")
            for job in batch.jobs
        ]
        if not keys or not self.watch:
            yield
            return
        over = threading.Event()
        thread = threading.Thread(target=self._look, args=(keys, over), daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _look(self, keys: Sequence[str], over: threading.Event) -> None:
        while not over.wait(SECONDS):
            notes = []
            for key in keys:
                # Between the look and the reading, a training may end and take its note away.
                with contextlib.suppress(TruingError):
                    if key in self.store:
                        notes.append(self.store.read_json(key))
            if notes:
                kind, *counts = self.last
                self.watch(f"{kind}: {_told(notes)}", *counts)


def _told(notes: Sequence[dict[str, Any]]) -> str:
    """Notes of trainings that run side by side, in one line."""
    step, steps = (sum(note[name] for note in notes) for name in ("step", "steps"))
    speed = sum(note["examples a second"] for note in notes)
    left = max(note["seconds left"] for note in notes)
    several = f"{len(notes)} at a time, " if len(notes) > 1 else ""
    minutes, seconds = divmod(left, 60)
    return (
        f"{several}step {step} of {steps}, {speed:.1f} examples a second, "
        f"{minutes}:{seconds:02d} left"
    )
