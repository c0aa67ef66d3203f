"""Worker: threads that score accepted submissions, in a server or in a separate process."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from truing.errors import CapError, LedgerError
from truing.research._referee import Referee
from truing.research.doors._operator import Operator

CHECK_INTERVAL = 2.0  # seconds between checks for submissions from other processes
RETRY_INTERVAL = 5.0  # seconds to wait after an infrastructure error
CAP_INTERVAL = 60.0  # seconds to wait at a cap


class Worker:
    """Threads that score submissions, starting with those that earlier workers did not score.

    Args:
        referee: the referee.
        operator: receives infrastructure errors.
        halt: called if the ledger was changed or lost entries; nothing is scored after it.
        count: number of threads, each of which scores one submission at a time.

    Attributes:
        capped: the cap on the costs of models that stopped the latest score; None without one.
    """

    def __init__(
        self,
        referee: Referee,
        operator: Operator,
        halt: Callable[[LedgerError], None],
        count: int = 1,
    ):
        self.referee, self.operator, self.halt = referee, operator, halt
        self.capped: CapError | None = None
        self._called, self._left = [threading.Event() for _ in range(count)], threading.Event()
        # Daemons, so that an unfinished score does not delay the end of the process. Only complete
        # scores are written, and the next worker scores the submission again.
        self._threads = [
            threading.Thread(target=self._run, args=(one,), name="truing-worker", daemon=True)
            for one in self._called
        ]

    def start(self) -> None:
        """Start scoring."""
        for thread in self._threads:
            thread.start()

    def wake(self) -> None:
        """Signal that a submission is waiting."""
        for one in self._called:
            one.set()

    def stop(self) -> None:
        """Start no more scores, and wait a moment for the current scores."""
        self._left.set()
        self.wake()
        until = time.monotonic() + RETRY_INTERVAL
        for thread in self._threads:
            thread.join(timeout=max(0.0, until - time.monotonic()))

    def _run(self, called: threading.Event) -> None:
        while not self._left.is_set():
            called.clear()
            try:
                worked = self.referee.work()
            except LedgerError as error:
                self.halt(error)
                return
            except CapError as error:  # another process may raise the cap
                self.capped = error
                self.operator.report(error)
                self._left.wait(CAP_INTERVAL)
                continue
            except Exception as error:  # such as a full disk; the server keeps running
                self.operator.report(error, "scoring failed")
                self._left.wait(RETRY_INTERVAL)
                continue
            self.capped = None
            if not worked:
                called.wait(CHECK_INTERVAL)


def work(referee: Referee, count: int = 1, until_empty: bool = False) -> None:
    """Score submissions until interrupted.

    Args:
        referee: the referee.
        count: number of threads.
        until_empty: whether to stop when no submission is waiting.

    Raises:
        LedgerError: the ledger was changed or lost entries.
        CapError: the models of an oversight contest reached the cap on their costs.
    """
    broken: list[LedgerError] = []
    ended = threading.Event()

    def halt(error: LedgerError) -> None:
        broken.append(error)
        ended.set()

    worker = Worker(referee, Operator(), halt, count)
    worker.start()
    try:
        while not ended.wait(CHECK_INTERVAL / 10):
            if worker.capped:
                raise worker.capped
            if until_empty and not len(referee.state.read().queue):
                break
    finally:
        worker.stop()
    if broken:
        raise broken[0]
