"""Tables as text, as the command line prints them."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import RenderableType

UNLIMITED = 1_000_000  # columns for a pipe, a file or a notebook, so that no line is wrapped


def as_text(shown: RenderableType) -> str:
    """A table as text without colors, as wide as the terminal or `COLUMNS`."""
    from rich.console import Console

    known = sys.stdout.isatty() or "COLUMNS" in os.environ
    written = io.StringIO()  # and not the output of a notebook's cell
    width = None if known else UNLIMITED
    console = Console(
        file=written, force_jupyter=False, color_system=None, width=width, highlight=False
    )
    console.print(shown)
    return "\n".join(line.rstrip() for line in written.getvalue().rstrip().splitlines())


def with_notes(shown: RenderableType, notes: Sequence[str]) -> RenderableType:
    """A table with notes below it, one in each line."""
    from rich.console import Group
    from rich.text import Text

    return Group(shown, Text("\n" + "\n".join(notes))) if notes else shown
