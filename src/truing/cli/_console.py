"""The console to which tables are printed."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

UNLIMITED = 1_000_000  # columns for a pipe or file, so that no line is wrapped


def output_console() -> Console:
    """Console on standard output, as wide as the terminal or `COLUMNS`; unlimited for a pipe."""
    from rich.console import Console

    known = sys.stdout.isatty() or "COLUMNS" in os.environ
    return Console(width=None if known else UNLIMITED, highlight=False)
