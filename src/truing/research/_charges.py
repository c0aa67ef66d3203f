"""Charges: the processor seconds of each researcher, in whole seconds, from the ledger alone.

An accepted submission reserves the most that its runs may use. Its outcome replaces the
reservation by what the runs used, rounded up to whole seconds and never more than the reservation.
Runs that a killed referee did not finish have no outcome and cost nothing. Whole numbers make every
sum exact, and they bound what a charge can reveal.
"""

from __future__ import annotations

import math
import threading
from collections import Counter
from dataclasses import dataclass

from truing.errors import BudgetError
from truing.research._config import Budget


@dataclass(frozen=True)
class Account:
    """Processor seconds of a researcher, or of all researchers together.

    Attributes:
        spent: of submissions with an outcome.
        reserved: reserved for submissions without an outcome.
        limit: limit of both together; None if there is no limit.
    """

    spent: int
    reserved: int
    limit: int | None

    @property
    def left(self) -> int | None:
        """Processor seconds that may still be reserved; None if there is no limit."""
        return None if self.limit is None else max(self.limit - self.spent - self.reserved, 0)


class Charges:
    """Processor seconds that are spent and reserved.

    Args:
        budget: limits of the research run.

    Examples:
        >>> from truing.research._charges import Charges
        >>> from truing.research._config import Budget
        >>> charges = Charges(Budget(cpu_each=300))
        >>> charges.reserve(2, "ada", 240)
        >>> charges.of("ada").left
        60
        >>> charges.settle(2, 3.2)
        4
        >>> charges.of("ada").left
        296
    """

    def __init__(self, budget: Budget):
        self._budget, self._lock = budget, threading.Lock()
        self._spent: Counter[str] = Counter()
        self._reserved: Counter[str] = Counter()
        self._open: dict[int, tuple[str, int]] = {}

    def reserve(self, number: int, researcher: str, seconds: int) -> None:
        """Reserve the most that an accepted submission may use."""
        with self._lock:
            self._open[number] = researcher, seconds
            self._reserved[researcher] += seconds

    def settle(self, number: int, used: float) -> int:
        """Replace the reservation of a submission by its charge, and return the charge.

        Args:
            number: number of the submission; a submission is charged only once.
            used: processor seconds that its runs used.
        """
        with self._lock:
            if number not in self._open:
                return 0
            researcher, most = self._open.pop(number)
            charged = charge(used, most)
            self._reserved[researcher] -= most
            self._spent[researcher] += charged
            return charged

    def of(self, researcher: str) -> Account:
        """The account of a researcher, with the limit for each."""
        with self._lock:
            spent, reserved = self._spent[researcher], self._reserved[researcher]
        return Account(spent, reserved, self._budget.cpu_each)

    def of_all(self) -> Account:
        """The joint account, with the limit for all."""
        with self._lock:
            spent, reserved = self._spent.total(), self._reserved.total()
        return Account(spent, reserved, self._budget.cpu_all)

    def left(self, researcher: str) -> int | None:
        """Processor seconds that a researcher may still reserve; None if there is no limit."""
        found = [self.of(researcher).left, self.of_all().left]
        return min((one for one in found if one is not None), default=None)

    def check(self, researcher: str, most: int) -> None:
        """Raise BudgetError if a submission may use more than is left.

        Args:
            researcher: name of the researcher.
            most: processor seconds that the submission may use.
        """
        accounts = {"your budget": self.of(researcher), "the joint budget": self.of_all()}
        for name, one in accounts.items():
            if one.left is not None and most > one.left:
                raise BudgetError(
                    f"the submission may use up to {most} processor seconds, but {name} has "
                    f"{one.left} left; of {one.limit} processor seconds, {one.spent} are spent and "
                    f"{one.reserved} are reserved; {_advice(one, most)}"
                )


def charge(used: float, reserved: int) -> int:
    """The charge for processor seconds that were used, in whole seconds.

    Args:
        used: processor seconds that the runs used.
        reserved: processor seconds that were reserved for them.
    """
    return min(math.ceil(used), reserved)


def _advice(account: Account, most: int) -> str:
    """What a researcher can do whose submission was refused."""
    if account.limit is not None and most <= account.limit - account.spent:
        return "submit again when waiting submissions are scored, because unused seconds return"
    return "submit a composition, which uses no processor seconds of the budget"
