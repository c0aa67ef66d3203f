"""Follow: how far the fine-tunings under way are, in whatever process or machine they run."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence

from truing.errors import TruingError
from truing.studies._step import Batch
from truing.studies._store import Store
from truing.studies.work import FinetunePayload, FinetuneProgress, read_progress

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
            job.key
            for batch in batches
            for job in batch.jobs
            if isinstance(job.payload, FinetunePayload)
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
            found = []
            for key in keys:
                # Between the look and the reading, a training may end and take its note away.
                with contextlib.suppress(TruingError):
                    found.append(read_progress(self.store, key))
            under_way = [one for one in found if one is not None]
            if under_way and self.watch:
                kind, *counts = self.last
                self.watch(f"{kind}: {_told(under_way)}", *counts)


def _told(notes: Sequence[FinetuneProgress]) -> str:
    """The progress of trainings that run side by side, in one line."""
    step, steps = sum(note.step for note in notes), sum(note.steps for note in notes)
    speed = sum(note.examples_per_second for note in notes)
    several = f"{len(notes)} at a time, " if len(notes) > 1 else ""
    minutes, seconds = divmod(max(note.seconds_left for note in notes), 60)
    return (
        f"{several}step {step} of {steps}, {speed:.1f} examples a second, "
        f"{minutes}:{seconds:02d} left"
    )
