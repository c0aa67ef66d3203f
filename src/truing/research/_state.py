"""State of a research run, derived from the entries of its ledger.

The state contains entry numbers, not contents. The content of a submission or an outcome is read
from the ledger, which checks its hash.
"""

from __future__ import annotations

import threading
from collections import Counter

from truing.research._charges import Charges
from truing.research._config import Budget
from truing.research._queue import FairQueue, Waiting
from truing.research._release import BASELINE
from truing.research.ledger._entry import Entry
from truing.research.ledger._ledger import Ledger
from truing.research.ledger._read_records import read_record
from truing.research.ledger._records import (
    Audited,
    Closed,
    Decided,
    FinallyScored,
    Gated,
    Record,
    Scored,
    Shared,
    Submitted,
)


class ResearchState:
    """The state of a research run, updated from its ledger.

    Args:
        ledger: ledger of the run.
        budget: limits of the run; by default those of `Budget()`.

    Attributes:
        submissions: entry numbers of the submissions, by researcher and digest of the method.
        same: entry numbers of all submissions of a method, by digest of the method.
        spent: number of accepted, and therefore charged, submissions, by researcher.
        charges: processor seconds that are spent and reserved, by researcher.
        queue: submissions without an outcome.
        outcomes: entry number of the outcome, by number of the submission.
        climbs: number and released score of each submission that raised the best released score.
        withheld: highest score that the capability gate withheld, by researcher.
        gates: entry number of the result of the capability gate, by number of the submission.
        findings: entry numbers of the findings, by researcher and digest of the text.
        shared: number of findings, by researcher.
        finals: entry number of the final scores, by number of the submission.
        closed: whether the research run is closed.
        decided: entry number of the verdicts; None before they are written.
        audits: entry number of each audit, by key.
    """

    def __init__(self, ledger: Ledger, budget: Budget | None = None):
        self.submissions: dict[tuple[str, str], int] = {}
        self.same: dict[str, list[int]] = {}
        self.spent: Counter[str] = Counter()
        self.charges, self.queue = Charges(budget or Budget()), FairQueue()
        self.outcomes: dict[int, int] = {}
        self.climbs: list[tuple[int, float]] = []
        self.withheld: dict[str, float] = {}
        self.gates: dict[int, int] = {}
        self.findings: dict[tuple[str, str], int] = {}
        self.shared: Counter[str] = Counter()
        self.finals: dict[int, int] = {}
        self.closed = False
        self.decided: int | None = None
        self.audits: dict[str, int] = {}
        self._ledger, self._lock = ledger, threading.Lock()
        self._seen = 0
        self._researchers: dict[int, str] = {}  # of each submission

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
        """The score that a researcher must beat by a step: the best released, or own withheld one.

        Without the withheld score, a researcher whose methods fail the capability gate could
        compare any number of scores with the same step, which would reveal the labels.
        """
        return max(self.best, self.withheld.get(researcher, BASELINE))

    def _add(self, entry: Entry, record: Record | None) -> None:
        number = entry.number
        match record:
            case Submitted(researcher=researcher, submission=submission, reserved=reserved):
                digest, alone = submission.digest, not reserved
                self.submissions[researcher, digest] = number
                self.same.setdefault(digest, []).append(number)
                self.spent[researcher] += 1
                self._researchers[number] = researcher
                self.charges.reserve(number, researcher, reserved)
                self.queue.add(number, Waiting(researcher, digest, alone, reserved))
            case Scored():
                self.outcomes[record.submission] = number
                charge = self.charges.settle(record.submission, record.evaluation.usage.cpu)
                self.queue.settle(record.submission, charge)
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
            case Audited():
                self.audits[record.key] = number

    def _withhold(self, submission: int, score: float | None) -> None:
        researcher = self._researchers[submission]
        if score is not None:
            self.withheld[researcher] = max(score, self.withheld.get(researcher, BASELINE))
