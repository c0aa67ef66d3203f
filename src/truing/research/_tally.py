"""Tally: what a referee needs of its ledger at every request, without reading all of it again."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Container
from itertools import count

from truing.research._entry import Entry
from truing.research._ledger import Ledger
from truing.research._release import BASELINE


class Tally:
    """Sums over a ledger's submissions, outcomes and findings, kept up with it.

    Attributes:
        total: submissions that were accepted, each of which is charged.
        spent: of them, by researcher.
        same: numbers of the submissions of a method, by its digest.
        shared: findings, by researcher.
        climbs: number and released score of each submission that beat the best before it.
    """

    def __init__(self, ledger: Ledger):
        self.total = 0
        self.spent: Counter[str] = Counter()
        self.shared: Counter[str] = Counter()
        self.same: dict[str, list[int]] = {}
        self.climbs: list[tuple[int, float]] = []
        self._ledger, self._lock = ledger, threading.Lock()
        self._seen = 0
        self._waiting: dict[int, str] = {}  # submissions in order, and their researchers
        self._turns = count(1)
        self._turn: Counter[str] = Counter()  # last turn of each researcher; 0 before the first

    def read(self) -> Tally:
        """Read on to the ledger's end; never within a transaction that has appended already.

        Raises:
            LedgerError: an entry was changed, or is missing.
        """
        fresh = self._ledger.entries(since=self._seen)  # never asked for while our lock is held
        with self._lock:
            for entry in fresh:
                if entry.number > self._seen:  # another thread may have been first
                    self._add(entry)
                    self._seen = entry.number
        return self

    @property
    def best(self) -> float:
        """The best released score so far; 0, the baseline's, before the first."""
        released = self.climbs[-1][1] if self.climbs else BASELINE
        return max(released, BASELINE)  # ledgers of truing 0.1 released scores below it

    def take_turn(self, but: Container[int] = ()) -> int | None:
        """The number of the submission to score next; None where none waits.

        Round robin: the oldest submission of the researcher whose last turn was longest ago, so
        that a long queue of one researcher does not delay the others.

        Args:
            but: submissions to pass over.
        """
        with self._lock:
            waiting = [number for number in self._waiting if number not in but]
            if not waiting:
                return None
            number = min(waiting, key=lambda one: (self._turn[self._waiting[one]], one))
            self._turn[self._waiting[number]] = next(self._turns)
            return number

    def waiting(self) -> int:
        """How many submissions wait for their score."""
        return len(self._waiting)

    def _add(self, entry: Entry) -> None:
        body = entry.body
        if entry.kind == "submission":
            self.total += 1
            self.spent[body["researcher"]] += 1
            self.same.setdefault(body["digest"], []).append(entry.number)
            self._waiting[entry.number] = body["researcher"]
        elif entry.kind == "finding":
            self.shared[body["researcher"]] += 1
        elif entry.kind == "outcome":
            if (researcher := self._waiting.pop(body["submission"], None)) is not None:
                self._turn[researcher] = next(self._turns)
            if body["improved"]:
                self.climbs.append((body["submission"], body["released"]))
