"""Worker: scores what was accepted, one submission after the other, while requests go on."""

from __future__ import annotations

import threading
from collections.abc import Callable

from truing.errors import LedgerError
from truing.research._referee import Referee
from truing.research.doors._operator import Operator

LOOK = 2.0  # seconds after which it looks for what came in through another process
REST = 5.0  # seconds after the referee itself failed


class Worker:
    """A thread that scores; it begins with what an earlier one left.

    Args:
        referee: whose submissions are scored.
        operator: reads what failed.
        halt: called where the ledger was changed or lost entries; nothing is scored after it.
    """

    def __init__(self, referee: Referee, operator: Operator, halt: Callable[[LedgerError], None]):
        self.referee, self.operator, self.halt = referee, operator, halt
        self._called, self._left = threading.Event(), threading.Event()
        # A thread that is in the middle of a score must not keep the process: the score is not
        # written before it is whole, and the next worker makes it again.
        self._thread = threading.Thread(target=self._run, name="truing-worker", daemon=True)

    def start(self) -> None:
        """Begin to score."""
        self._thread.start()

    def wake(self) -> None:
        """There is something to score."""
        self._called.set()

    def stop(self) -> None:
        """Begin nothing more, and wait a moment for what is under way."""
        self._left.set()
        self._called.set()
        self._thread.join(timeout=REST)

    def _run(self) -> None:
        while not self._left.is_set():
            self._called.clear()
            try:
                worked = self.referee.work()
            except LedgerError as error:
                self.halt(error)
                return
            except Exception as error:  # a full disk: the operator reads it, and the server stays
                self.operator.tell(error, "scoring failed")
                self._left.wait(REST)
                continue
            if not worked:
                self._called.wait(LOOK)
