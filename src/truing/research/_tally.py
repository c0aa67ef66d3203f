"""Tally: what a referee needs of its ledger at every request, without reading all of it again."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Container

from truing.research._entry import Entry
from truing.research._ledger import Ledger


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
        self._waiting: dict[int, None] = {}  # in the order in which they came

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
    def best(self) -> float | None:
        """The best score told so far; None before the first."""
        return self.climbs[-1][1] if self.climbs else None

    def oldest(self, but: Container[int] = ()) -> int | None:
        """The number of the submission that waits for its score longest; None where none does.

        Args:
            but: submissions that are passed over.
        """
        with self._lock:
            return next((number for number in self._waiting if number not in but), None)

    def waiting(self) -> int:
        """How many submissions wait for their score."""
        return len(self._waiting)

    def _add(self, entry: Entry) -> None:
        body = entry.body
        if entry.kind == "submission":
            self.total += 1
            self.spent[body["researcher"]] += 1
            self.same.setdefault(body["digest"], []).append(entry.number)
            self._waiting[entry.number] = None
        elif entry.kind == "finding":
            self.shared[body["researcher"]] += 1
        elif entry.kind == "outcome":
            self._waiting.pop(body["submission"], None)
            if body["improved"]:
                self.climbs.append((body["submission"], body["released"]))
