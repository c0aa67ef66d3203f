"""Budget: a hard cap on the dollars and tokens of a run, shared by all of its calls."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

import anyio

from truing.oversight._spent import Spent
from truing.oversight.spending._ledger import Ledger
from truing.oversight.spending._prices import Prices, price_of
from truing.oversight.spending._spending import Charge, Spending

PATIENCE = 0.5  # seconds until a waiting call notices that a call of another thread has ended


class CapReached(Exception):
    """A call that does not fit into what is left of a cap; it was not sent."""


@dataclass(eq=False)
class Budget:
    """Reserves the upper bound of each call before it is sent, and settles its cost after it.

    Calls of several threads, each with its own event loop, may share a budget.

    Attributes:
        ledger: the file of all calls of the run.
        spend: cap in dollars; None without a cap.
        tokens: cap on input and output tokens together; None without a cap.
        prices: prices by role or model.
        stopped: why no call is sent any more; empty while calls are sent.
    """

    ledger: Ledger
    spend: float | None = None
    tokens: int | None = None
    prices: Prices = field(default_factory=dict)
    stopped: str = ""
    _open: int = 0
    _waiting: dict[anyio.Event, int] = field(default_factory=dict)  # with its thread
    _lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def spending(self) -> Spending:
        """What the calls cost so far."""
        return self.ledger.spending

    async def reserve(self, role: str, model: str, bound: Spent) -> int:
        """Reserve the upper bound of a call; returns the number of the call.

        A call that does not fit waits until another call of this process has ended, because most
        calls cost less than their upper bound. If no call is on its way, the budget is stopped.

        Raises:
            CapReached: the call does not fit, and no other call is on its way.
        """
        charge = Charge.of(bound, price_of(self.prices, role, model))
        while (number := self._try(role, model, charge)) is None:
            event = anyio.Event()
            with self._lock:
                self._waiting[event] = threading.get_ident()
            try:
                with anyio.move_on_after(PATIENCE):  # a thread cannot wake the loop of another
                    await event.wait()
            finally:
                with self._lock:
                    self._waiting.pop(event, None)
        return number

    def _try(self, role: str, model: str, charge: Charge) -> int | None:
        """Number of the reserved call; None if it must wait for another call to end.

        Raises:
            CapReached: the call does not fit, and no other call is on its way.
        """
        with self._lock:
            why = self.stopped or self._why_not(charge)
            if not why:
                number = self.ledger.reserve(role, model, charge)
                self._open += 1
                return number
            if self._open and not self.stopped:
                return None
            self.stopped = why
            self._wake()
            raise CapReached(why)

    def settle(self, number: int, role: str, model: str, tokens: Spent | None, why: str) -> None:
        """Settle a call.

        Args:
            number: number of the call.
            role: role of the model.
            model: name of the model.
            tokens: tokens that the provider charged; None if they are unknown.
            why: why they are unknown.
        """
        price = price_of(self.prices, role, model)
        with self._lock:
            self.ledger.settle(number, None if tokens is None else Charge.of(tokens, price), why)
            self._open -= 1
            self._wake()

    def _why_not(self, charge: Charge) -> str:
        """Why a call does not fit into what is left; empty if it does."""
        if self.spend is None and self.tokens is None:
            return ""
        charged = self.spending.charged
        if self.spend is not None and charged.dollars + charge.dollars > self.spend + 1e-9:
            return (
                f"the cap of {self.spend:g} dollars (--spend) is reached: {charged.dollars:.4f} "
                f"are spent, and the next call costs up to {charge.dollars:.4f}"
            )
        if self.tokens is not None and charged.total + charge.total > self.tokens:
            return (
                f"the cap of {self.tokens:,} tokens (--tokens) is reached: {charged.total:,} are "
                f"spent, and the next call needs up to {charge.total:,}"
            )
        return ""

    def _wake(self) -> None:
        """Wake the waiting calls of this thread."""
        for event, thread in self._waiting.items():
            if thread == threading.get_ident():
                event.set()
