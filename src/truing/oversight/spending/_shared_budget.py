"""Shared budget: one budget for all parts of a process that spend from the same ledger."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from truing.oversight.spending._budget import Budget
from truing.oversight.spending._ledger import Ledger
from truing.oversight.spending._prices import Prices, check_priced, is_free


class SharedBudget:
    """The budget of a run, which several threads of a process may open at the same time.

    The first of them opens the ledger, and the last of them closes it. Meanwhile the ledger is
    locked for other processes. A cap of an earlier execution remains until another one replaces it,
    so that no repetition of a run spends more by accident. Prices remain, too.

    Args:
        path: the ledger. Its earlier calls count toward the caps.
        models: models by role.
        spend: cap in dollars; None for the cap of the earlier execution, if there is one.
        tokens: cap on input and output tokens together; None as for `spend`.
        prices: prices by role or model.
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
            check_priced(prices or {}, models)  # before the ledger is made
        self.path, self.models = path, models
        self.spend, self.tokens, self.prices, self.wait = spend, tokens, prices or {}, wait
        self._lock, self._stack = threading.Lock(), ExitStack()
        self._users = 0
        self._budget: Budget | None = None
        self.stopped = ""

    @contextmanager
    def open(self) -> Iterator[Budget | None]:
        """The budget; None if all of its models are embedded agents, which cost nothing.

        Raises:
            UserError: a model has no price; or another process uses the ledger, without `wait`.
            LedgerError: the ledger is damaged.
        """
        with self._lock:
            if not self._users:
                self._budget = self._stack.enter_context(self._opened())
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

    @contextmanager
    def _opened(self) -> Iterator[Budget | None]:
        """The budget with an open ledger."""
        if all(is_free(name) for names in self.models.values() for name in names):
            yield None
            return
        with Ledger(self.path, self.wait) as ledger:
            before = ledger.spending
            spend = before.spend if self.spend is None else self.spend
            tokens = before.cap_tokens if self.tokens is None else self.tokens
            prices = {**before.prices, **self.prices}
            if spend is not None:
                check_priced(prices, self.models)
            ledger.state(spend, tokens, prices)
            yield Budget(ledger, spend, tokens, prices)
