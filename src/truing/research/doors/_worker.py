"""Worker: scores accepted submissions one at a time, while the server answers requests."""

from __future__ import annotations

import threading
from collections.abc import Callable

from truing.errors import LedgerError
from truing.research._referee import Referee
from truing.research.doors._operator import Operator

CHECK_INTERVAL = 2.0  # seconds between checks for submissions from other processes
RETRY_INTERVAL = 5.0  # seconds to wait after an infrastructure error


class Worker:
    """A thread that scores submissions, starting with those that an earlier worker did not score.

    Args:
        referee: the referee.
        operator: receives infrastructure errors.
        halt: called if the ledger was changed or lost entries; nothing is scored after it.
    """

    def __init__(self, referee: Referee, operator: Operator, halt: Callable[[LedgerError], None]):
        self.referee, self.operator, self.halt = referee, operator, halt
        self._called, self._left = threading.Event(), threading.Event()
        # A daemon, so that an unfinished score does not delay the end of the process. Only complete
        # scores are written, and the next worker scores the submission again.
        self._thread = threading.Thread(target=self._run, name="truing-worker", daemon=True)

    def start(self) -> None:
        """Start scoring."""
        self._thread.start()

    def wake(self) -> None:
        """Signal that a submission is waiting."""
        self._called.set()

    def stop(self) -> None:
        """Start no more scores, and wait a moment for the current score."""
        self._left.set()
        self._called.set()
        self._thread.join(timeout=RETRY_INTERVAL)

    def _run(self) -> None:
        while not self._left.is_set():
            self._called.clear()
            try:
                worked = self.referee.work()
            except LedgerError as error:
                self.halt(error)
                return
            except Exception as error:  # such as a full disk; the server keeps running
                self.operator.report(error, "scoring failed")
                self._left.wait(RETRY_INTERVAL)
                continue
            if not worked:
                self._called.wait(CHECK_INTERVAL)
