"""Notes on loaded data and on run folders, printed once each."""

from __future__ import annotations

import contextlib
import logging
import sys
from collections.abc import Iterator
from typing import TextIO


@contextlib.contextmanager
def shown_notes(stream: TextIO | None = None) -> Iterator[None]:
    """In this block, print log messages of truing: `items.jsonl: 80 items, 2 classes, ...`.

    Args:
        stream: where to print; by default standard error.
    """
    logger, handler = logging.getLogger("truing"), _Lines(stream)
    level, propagate = logger.level, logger.propagate
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
        logger.propagate = propagate


class _Lines(logging.Handler):
    """Prints each message once: a command may load the same file several times."""

    def __init__(self, stream: TextIO | None) -> None:
        super().__init__()
        self.stream = stream
        self.printed: set[str] = set()

    def emit(self, record: logging.LogRecord) -> None:
        message = record.getMessage()
        if message in self.printed:
            return
        self.printed.add(message)
        kind = "note: " if record.levelno >= logging.WARNING else ""
        print(f"{kind}{message}", file=self.stream or sys.stderr)
