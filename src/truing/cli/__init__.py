"""The command line: one file a verb."""

from truing.cli._main import main

__all__ = ["main"]
