"""Progress of a run that is started from Python: in a notebook's cell, or on the terminal."""

from __future__ import annotations

import html
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from truing.data_notes import shown_notes
from truing.progress import ProgressBar, is_shown

PAUSE = 0.2  # minimum seconds between two updates of a cell

Shown = Callable[..., None]
"""Callback: description, finished units, total units, and a note."""


@contextmanager
def show_progress(wanted: bool | None) -> Iterator[Shown | None]:
    """A callback that shows progress after two seconds; the size of loaded data is printed at once.

    In a notebook, the sizes are part of the cell's output.

    Args:
        wanted: True to show progress, also if standard error is a file or a pipe; False for none.
            By default progress is shown in notebooks and on terminals.
    """
    if wanted is None:
        wanted = in_notebook() or sys.stderr.isatty()
    if not wanted:
        yield None
        return
    with (
        shown_notes(sys.stdout if in_notebook() else sys.stderr),
        CellProgress() if in_notebook() else ProgressBar() as shown,
    ):
        yield shown


def in_notebook() -> bool:
    """Whether a Jupyter kernel runs this process."""
    if "IPython" not in sys.modules:
        return False
    from IPython import get_ipython

    return hasattr(get_ipython(), "kernel")


class CellProgress:
    """Shows a progress bar in the output of a notebook's cell, and removes it at the end.

    It is plain HTML, so it needs neither ipywidgets nor JavaScript.
    """

    def __init__(self) -> None:
        self.began = self.updated = time.monotonic()
        self.cell: Any = None

    def __enter__(self) -> CellProgress:
        return self

    def __exit__(self, *_: object) -> None:
        if self.cell is not None:
            self._show("")

    def __call__(self, what: str, done: int, total: int, note: str = "") -> None:
        """Update the progress: description, finished units, total units, and a note."""
        now = time.monotonic()
        if not is_shown(self.began) or (now - self.updated < PAUSE and done < total):
            return
        self.updated = now
        texts = [f"{done} of {total}", f"{now - self.began:.0f} s", note]
        about = html.escape(" · ".join(filter(None, texts)))
        bar = f'<progress value="{done}" max="{max(total, 1)}"></progress>'
        self._show(f"<div>{html.escape(what)} {bar} {about}</div>")

    def _show(self, content: str) -> None:
        from IPython.display import HTML, display

        if self.cell is None:
            self.cell = display(HTML(content), display_id=True)
        else:
            self.cell.update(HTML(content))
