"""Operator: what the person who runs a server reads on standard error."""

from __future__ import annotations

import sys
import threading
import time

from truing.errors import LedgerUnavailableError

QUIET = 60.0  # seconds for which a line is not repeated: a full disk fails every request


class Operator:
    """Prints a line for each kind of trouble, and not for each request that meets it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._told: dict[str, float] = {}

    def tell(self, error: Exception, doing: str = "") -> None:
        """Print an error in one line, with the path that a client must not see.

        Args:
            doing: what failed, such as `scoring failed`.
        """
        told = " ".join(str(error).split())
        if isinstance(error, LedgerUnavailableError):  # one line, whatever met it
            line = f"{told} ({error.path})"
        else:
            line = f"{doing and doing + ': '}{type(error).__name__}: {told}"
        with self._lock:
            now = time.monotonic()
            if now - self._told.get(line, -QUIET) < QUIET:
                return
            self._told[line] = now
        print(f"truing: {line}", file=sys.stderr, flush=True)
