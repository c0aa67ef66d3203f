"""Queue: which waiting submission is scored next, with fair shares for researchers.

The next submission is from the researcher with the smallest share: the processor seconds of scored
submissions, plus those reserved for running ones. A submission counts as at least one second, so
that compositions, which are not charged processor seconds, use their researcher's share too.
Researchers with equal shares take turns.

A researcher who returns after a pause starts with the smallest share of those who wait (start-time
fair queueing, Goyal, Vin and Cheng 1996). Otherwise a new researcher with many submissions would
delay all who worked before. So a long queue of one researcher delays every other researcher by at
most one submission per worker.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import count


@dataclass(frozen=True)
class Waiting:
    """A submission without an outcome.

    Attributes:
        researcher: name of the researcher.
        digest: digest of the method. Equal methods are scored once, so they do not run together.
        alone: whether its scoring uses all cores or a shared model, so that only one of its kind
            runs at a time.
        reserved: processor seconds reserved for its runs.
    """

    researcher: str
    digest: str
    alone: bool = True
    reserved: int = 0


class FairQueue:
    """Waiting submissions, and the share of each researcher.

    Examples:
        >>> from truing.research._queue import FairQueue, Waiting
        >>> queue = FairQueue()
        >>> for number, researcher in enumerate(["ada", "ada", "bob"], 2):
        ...     queue.add(number, Waiting(researcher, str(number)))
        >>> order = []
        >>> while (number := queue.choose()) is not None:
        ...     queue.settle(number, charge=0)
        ...     order.append(number)
        >>> order
        [2, 4, 3]
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[int, Waiting] = {}  # in the order of submission
        self._share: Counter[str] = Counter()
        self._turns = count(1)
        self._turn: Counter[str] = Counter()  # last turn of each researcher; 0 before the first

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, number: int, waiting: Waiting) -> None:
        """Add an accepted submission."""
        with self._lock:
            who, active = waiting.researcher, {one.researcher for one in self._waiting.values()}
            if who not in active:
                shares = [self._share[one] for one in active]
                start = min(shares) if shares else max(self._share.values(), default=0)
                self._share[who] = max(self._share[who], start)
            self._waiting[number] = waiting

    def settle(self, number: int, charge: int) -> None:
        """Remove a scored submission, and add its processor seconds to its researcher's share."""
        with self._lock:
            if (waiting := self._waiting.pop(number, None)) is not None:
                self._pass(waiting.researcher, charge)

    def postpone(self, number: int) -> None:
        """Note that an infrastructure error ended the scoring, so that others come first."""
        with self._lock:
            if (waiting := self._waiting.get(number)) is not None:
                self._pass(waiting.researcher, 0)

    def choose(self, running: Collection[int] = (), but: Collection[int] = ()) -> int | None:
        """Number of the submission to score next; None if no submission can be scored now.

        The submissions of a researcher start in the order in which they were submitted.

        Args:
            running: numbers of the submissions that workers score now.
            but: numbers of submissions to skip.
        """
        with self._lock:
            busy = [self._waiting[one] for one in running if one in self._waiting]
            first: dict[str, int] = {}
            for number, waiting in self._waiting.items():
                if number not in running and number not in but:
                    first.setdefault(waiting.researcher, number)
            ready = [one for one in first.values() if _may_join(self._waiting[one], busy)]
            if not ready:
                return None
            load: Counter[str] = Counter()
            for waiting in busy:
                load[waiting.researcher] += max(waiting.reserved, 1)
            chosen = min(ready, key=lambda one: self._place(one, load))
            self._turn[self._waiting[chosen].researcher] = next(self._turns)
            return chosen

    def may_start(self, number: int, running: Collection[int]) -> bool:
        """Whether a submission is waiting and can be scored now, out of its turn."""
        with self._lock:
            waiting = None if number in running else self._waiting.get(number)
            busy = [self._waiting[one] for one in running if one in self._waiting]
            return waiting is not None and _may_join(waiting, busy)

    def _place(self, number: int, load: Counter[str]) -> tuple[int, int, int]:
        who = self._waiting[number].researcher
        return self._share[who] + load[who], self._turn[who], number

    def _pass(self, who: str, charge: int) -> None:
        self._share[who] += max(charge, 1)
        self._turn[who] = next(self._turns)


def _may_join(waiting: Waiting, busy: Iterable[Waiting]) -> bool:
    """Whether a submission can run beside those that run."""
    return not any(one.digest == waiting.digest or (one.alone and waiting.alone) for one in busy)
