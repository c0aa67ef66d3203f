"""Progress of long work on standard error."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress

QUIET = 2.0  # seconds before the first output
EVERY = 60.0  # seconds between lines without progress, if standard error is not a terminal
NOTED = 0.2  # seconds between two looks at a note, on a terminal


def is_shown(began: float) -> bool:
    """Whether the progress of work is shown that began at this `time.monotonic()`."""
    return time.monotonic() - began >= QUIET


class ProgressBar:
    """Shows a progress bar on the terminal after two seconds.

    If standard error is not a terminal, prints a line for each quarter of the work, and a line per
    minute in between.
    """

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.last: tuple[str, int] = ("", -1)
        self.printed = -EVERY
        self.bar: Progress | None = None

    @property
    def seconds(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self.began

    def __enter__(self) -> ProgressBar:
        return self

    def __exit__(self, *_: object) -> None:
        if self.bar is not None:
            self.bar.stop()

    def __call__(self, what: str, done: int, total: int, note: str = "") -> None:
        """Update the progress: description, finished units, total units, and a note."""
        if not is_shown(self.began):
            return
        if sys.stderr.isatty():
            if self.bar is None:
                self.bar = _start_bar()
            (task,) = self.bar.tasks
            if done < task.completed:  # the next of several works
                self.bar.reset(task.id)
            self.bar.update(task.id, completed=done, total=total, description=what, note=note)
            return
        now = (what, done * 4 // max(total, 1))
        if now != self.last or (note and self.seconds - self.printed >= EVERY):
            self.last, self.printed = now, self.seconds
            print(f"{what}: {done} of {total}" + (f", {note}" if note else ""), file=sys.stderr)


@dataclass
class Note:
    """A note beside the progress of work without a known end.

    Attributes:
        text: the latest state of the note; empty for no note.
    """

    text: str = ""


@contextmanager
def working(what: str, note: Note | None = None) -> Iterator[None]:
    """Context of work without a known end: shows after two seconds how long it takes.

    If standard error is not a terminal, prints a line after two seconds and a line per minute.

    Args:
        what: description of the work.
        note: shown beside the description, with the text that it has at that moment.
    """
    over = threading.Event()
    given = (what, note or Note(), over)
    thread = threading.Thread(target=_show_work, args=given, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _show_work(what: str, note: Note, over: threading.Event) -> None:
    began = time.monotonic()
    if over.wait(QUIET):
        return
    if sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        texts = (TextColumn("{task.description}"), TextColumn("{task.fields[note]}"))
        columns = (SpinnerColumn(), *texts, TimeElapsedColumn())
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task(what, total=None, note=note.text)
            while not over.wait(NOTED):
                bar.update(task, note=note.text)
        return
    print(f"{what} ..." + (f" {note.text}" if note.text else ""), file=sys.stderr)
    while not over.wait(EVERY):
        seconds = f"{time.monotonic() - began:.0f} s"
        print(f"{what}: {seconds}" + (f", {note.text}" if note.text else ""), file=sys.stderr)


def _start_bar() -> Progress:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        Task,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    class Elapsed(TimeElapsedColumn):
        """Time since the start. It goes on when all is done, because notes may follow."""

        def render(self, task: Task) -> Text:
            shown = timedelta(seconds=int(task.elapsed or 0))
            return Text(str(shown), style="progress.elapsed")

    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(24),
        MofNCompleteColumn(),
        Elapsed(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}"),
        console=Console(stderr=True),
        transient=True,
    )
    bar.add_task("starting", total=None, note="")
    bar.start()
    return bar
