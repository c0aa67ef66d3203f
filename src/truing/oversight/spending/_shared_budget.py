"""Shared budget: one budget for all parts of a process that spend from the same ledger."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from truing.oversight.spending._budget import Budget, open_budget
from truing.oversight.spending._prices import Prices, check_priced


class SharedBudget:
    """A budget that several threads of a process may open at the same time.

    The first of them opens the ledger, and the last of them closes it. Meanwhile the ledger is
    locked for other processes.

    Args:
        path: the ledger.
        models: models by role.
        spend, tokens, prices: caps and prices, see `open_budget`.
        wait: whether to wait while another process uses the ledger.

    Attributes:
        stopped: why the budget sends no call any more; empty while it sends calls.

    Raises:
        UserError: there is a cap in dollars, and a model has no price.
    """

    def __init__(
        self,
        path: Path,
        models: Mapping[str, Sequence[str]],
        *,
        spend: float | None = None,
        tokens: int | None = None,
        prices: Prices | None = None,
        wait: bool = False,
    ):
        if spend is not None and not path.exists():
            check_priced(prices or {}, models)
        self._open = partial(
            open_budget, path, models, spend=spend, tokens=tokens, prices=prices, wait=wait
        )
        self._lock, self._stack = threading.Lock(), ExitStack()
        self._users = 0
        self._budget: Budget | None = None
        self.stopped = ""

    @contextmanager
    def open(self) -> Iterator[Budget | None]:
        """The budget; None if all of its models are embedded agents.

        Raises:
            UserError: a model has no price; or another process uses the ledger, without `wait`.
            LedgerError: the ledger is damaged.
        """
        with self._lock:
            if not self._users:
                self._budget = self._stack.enter_context(self._open())
            self._users += 1
        budget = self._budget
        try:
            yield budget
        finally:
            with self._lock:
                self.stopped = budget.stopped if budget else ""
                self._users -= 1
                if not self._users:
                    self._stack.close()
