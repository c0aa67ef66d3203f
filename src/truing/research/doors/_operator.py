"""Operator: error messages on standard error for the person who runs a server."""

from __future__ import annotations

import sys
import threading
import time

from truing.errors import CapError, LedgerUnavailableError

QUIET = 60.0  # seconds for which a line is not repeated, because a full disk fails every request


class Operator:
    """Prints each error once, not once per failed request."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._printed: dict[str, float] = {}

    def report(self, error: Exception, doing: str = "") -> None:
        """Print an error in one line, with paths that clients must not see.

        Args:
            error: the error.
            doing: the action that failed, such as `scoring failed`.
        """
        message = " ".join(str(error).split())
        if isinstance(error, LedgerUnavailableError):  # the same line for every action
            line = f"{message} ({error.path})"
        elif isinstance(error, CapError):  # its message is a sentence for the operator
            line = message
        else:
            line = f"{doing and doing + ': '}{type(error).__name__}: {message}"
        with self._lock:
            now = time.monotonic()
            if now - self._printed.get(line, -QUIET) < QUIET:
                return
            self._printed[line] = now
        print(f"truing: {line}", file=sys.stderr, flush=True)
