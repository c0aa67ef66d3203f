"""The console to which tables and texts are printed."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from textwrap import fill
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

UNLIMITED = 1_000_000  # columns for a pipe or file, so that each row stays on one line


def output_console() -> Console:
    """Console on standard output, as wide as the terminal or `COLUMNS`; unlimited for a pipe."""
    from rich.console import Console

    known = sys.stdout.isatty() or "COLUMNS" in os.environ
    return Console(width=None if known else UNLIMITED, highlight=False)


def print_text(*lines: str) -> None:
    """Print each text, wrapped between words if the terminal is narrower; paths stay whole."""
    width = output_console().width
    for line in "\n".join(lines).split("\n"):
        print(fill(line, width, break_long_words=False, break_on_hyphens=False))


def print_described(lines: Mapping[str, str], indent: str = "", min_width: int = 0) -> None:
    """Print each name with its description beside it, which wraps in a narrow terminal."""
    from truing.report import Column, FittingTable

    columns = [Column("", left=True, min_width=min_width), Column("", left=True, fold=True)]
    rows = [(f"{indent}{name}", line) for name, line in lines.items()]
    output_console().print(FittingTable(columns, rows))
