"""Console that tables are printed to."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

PIPE = 120  # columns of a pipe or file, which has no width of its own


def output_console() -> Console:
    """Console on standard output, as wide as the terminal or `COLUMNS`; a pipe has 120 columns."""
    from rich.console import Console

    known = sys.stdout.isatty() or "COLUMNS" in os.environ
    return Console(width=None if known else PIPE, highlight=False)
