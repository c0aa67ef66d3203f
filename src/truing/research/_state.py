"""State of a research run, derived from the entries of its ledger.

The state contains entry numbers, not contents. The content of a submission or an outcome is read
from the ledger, which checks its hash.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Container
from itertools import count

from truing.research._release import BASELINE
from truing.research.ledger._entry import Entry
from truing.research.ledger._ledger import Ledger
from truing.research.ledger._records import (
    Closed,
    Decided,
    FinallyScored,
    Gated,
    Record,
    Scored,
    Shared,
    Submitted,
    read_record,
)


class ResearchState:
    """The state of a research run, updated from its ledger.

    Args:
        ledger: ledger of the run.

    Attributes:
        submissions: entry numbers of the submissions, by researcher and digest of the method.
        same: entry numbers of all submissions of a method, by digest of the method.
        spent: number of accepted, and therefore charged, submissions, by researcher.
        outcomes: entry number of the outcome, by number of the submission.
        climbs: number and released score of each submission that raised the best released score.
        withheld: highest score that the capability gate withheld, by researcher.
        gates: entry number of the result of the capability gate, by number of the submission.
        findings: entry numbers of the findings, by researcher and digest of the text.
        shared: number of findings, by researcher.
        finals: entry number of the final scores, by number of the submission.
        closed: whether the research run is closed.
        decided: entry number of the verdicts; None before they are written.
    """

    def __init__(self, ledger: Ledger):
        self.submissions: dict[tuple[str, str], int] = {}
        self.same: dict[str, list[int]] = {}
        self.spent: Counter[str] = Counter()
        self.outcomes: dict[int, int] = {}
        self.climbs: list[tuple[int, float]] = []
        self.withheld: dict[str, float] = {}
        self.gates: dict[int, int] = {}
        self.findings: dict[tuple[str, str], int] = {}
        self.shared: Counter[str] = Counter()
        self.finals: dict[int, int] = {}
        self.closed = False
        self.decided: int | None = None
        self._ledger, self._lock = ledger, threading.Lock()
        self._seen = 0
        self._researchers: dict[int, str] = {}  # of each submission
        self._waiting: dict[int, str] = {}  # submissions in order, with their researchers
        self._turns = count(1)
        self._turn: Counter[str] = Counter()  # last turn of each researcher; 0 before the first

    def read(self) -> ResearchState:
        """Read new entries up to the end of the ledger, and return the state.

        Do not call it inside a transaction that has already appended an entry.

        Raises:
            LedgerError: an entry was changed, is missing, or is malformed.
        """
        fresh = self._ledger.entries(since=self._seen)  # outside our lock, to avoid a deadlock
        with self._lock:
            for entry in fresh:
                if entry.number > self._seen:  # another thread may have been first
                    self._add(entry, read_record(entry))
                    self._seen = entry.number
        return self

    @property
    def total(self) -> int:
        """Number of accepted submissions."""
        return len(self.submissions)

    @property
    def best(self) -> float:
        """The best released score so far; 0, the baseline, before the first release."""
        released = self.climbs[-1][1] if self.climbs else BASELINE
        return max(released, BASELINE)  # ledgers of truing 0.1 released scores below it

    def bar(self, researcher: str) -> float:
        """The score that a researcher must beat by a step for a release, or for the gate."""
        return max(self.best, self.withheld.get(researcher, BASELINE))

    def take_turn(self, but: Container[int] = ()) -> int | None:
        """Number of the submission to score next; None if no submission is waiting.

        Round robin: the oldest submission of the researcher with the earliest last turn, so that a
        long queue of one researcher does not delay the other researchers.

        Args:
            but: numbers of submissions to skip.
        """
        with self._lock:
            waiting = [number for number in self._waiting if number not in but]
            if not waiting:
                return None
            number = min(waiting, key=lambda one: (self._turn[self._waiting[one]], one))
            self._turn[self._waiting[number]] = next(self._turns)
            return number

    def _add(self, entry: Entry, record: Record | None) -> None:
        number = entry.number
        match record:
            case Submitted(researcher=researcher, submission=submission):
                self.submissions[researcher, submission.digest] = number
                self.same.setdefault(submission.digest, []).append(number)
                self.spent[researcher] += 1
                self._researchers[number] = self._waiting[number] = researcher
            case Scored():
                self.outcomes[record.submission] = number
                if (waited := self._waiting.pop(record.submission, None)) is not None:
                    self._turn[waited] = next(self._turns)
                if record.improved:
                    self.climbs.append((record.submission, record.released))
                if record.gate is not None:
                    self.gates[record.submission] = number
                    self._withhold(record.submission, record.gate.withheld)
            case Gated():
                self.gates[record.submission] = number
            case Shared(researcher=researcher):
                self.findings[researcher, record.digest] = number
                self.shared[researcher] += 1
            case FinallyScored():
                self.finals[record.submission] = number
            case Closed():
                self.closed = True
            case Decided():
                self.decided = number

    def _withhold(self, submission: int, score: float | None) -> None:
        researcher = self._researchers[submission]
        if score is not None:
            self.withheld[researcher] = max(score, self.withheld.get(researcher, BASELINE))
