"""Follow: progress of models that read texts or are fine-tuned, on any process or machine."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence

from truing.errors import TruingError
from truing.studies._reading import READS, Reading
from truing.studies._step import Batch
from truing.studies._store import Store
from truing.studies.work import FinetunePayload, FinetuneProgress, read_progress

SECONDS = 1.0  # interval between two reads of the progress notes

Watcher = Callable[[str, int, int, int], None]
"""Called with progress: kind of work, steps done, steps to do, steps found in the store."""


class Follower:
    """Reports progress to a watcher, in between also that of running fine-tunings.

    Fine-tunings write their progress to the store once per second, and remove it at the end. The
    progress of models that read texts is the number of texts in the blocks that are done.
    """

    def __init__(self, watch: Watcher | None, store: Store):
        self.watch, self.store = watch, store
        self.last: tuple[str, int, int, int] = ("", 0, 0, 0)
        self.reading = Reading((), 0)

    def start(
        self, batches: Sequence[Batch], slots: int, done: int, total: int, stored: int
    ) -> None:
        """Report the start of some batches, with the numbers of `Watcher`."""
        self.reading = Reading.of_batches(batches, slots)
        self._report(batches[0].kind, done, total, stored)

    def end(self, batch: Batch, done: int, total: int, stored: int) -> None:
        """Report the end of a batch, with the numbers of `Watcher`."""
        self.reading.add(batch)
        self._report(batch.kind, done, total, stored)

    def _report(self, kind: str, done: int, total: int, stored: int) -> None:
        if self.watch:
            shown = f"{self.reading.content}: {self.reading}" if kind in READS else kind
            self.last = (shown, done, total, stored)
            self.watch(*self.last)

    @contextlib.contextmanager
    def over(self, batches: Sequence[Batch]) -> Iterator[None]:
        """Report the progress of the fine-tunings among some batches while a block runs them."""
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
        thread = threading.Thread(target=self._watch_notes, args=(keys, over), daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _watch_notes(self, keys: Sequence[str], over: threading.Event) -> None:
        while not over.wait(SECONDS):
            found = []
            for key in keys:
                # A training may end and remove its note between the two reads of the store.
                with contextlib.suppress(TruingError):
                    found.append(read_progress(self.store, key))
            running = [note for note in found if note is not None]
            if running and self.watch:
                kind, *counts = self.last
                self.watch(f"{kind}: {_summary(running)}", *counts)


def _summary(notes: Sequence[FinetuneProgress]) -> str:
    """Progress of trainings that run in parallel, in one line."""
    step, steps = sum(note.step for note in notes), sum(note.steps for note in notes)
    speed = sum(note.examples_per_second for note in notes)
    several = f"{len(notes)} in parallel, " if len(notes) > 1 else ""
    minutes, seconds = divmod(max(note.seconds_left for note in notes), 60)
    return (
        f"{several}step {step} of {steps}, {speed:.1f} examples per second, "
        f"{minutes}:{seconds:02d} left"
    )
