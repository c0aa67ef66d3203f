"""Records of a research run: read and write its ledger, with the state that follows from it."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, replace

from truing.errors import LedgerError, NoSubmissionError
from truing.research._evaluation import Evaluation
from truing.research._state import ResearchState
from truing.research._submission import Submission
from truing.research.ledger._entry import Entry
from truing.research.ledger._ledger import Ledger
from truing.research.ledger._read_records import R, find_record
from truing.research.ledger._records import Record, SaltedRecord, Scored, Submitted


@dataclass(frozen=True)
class RunRecords:
    """The records of a research run.

    Attributes:
        ledger: ledger of the run.
        secret: secret of the run, from which the salts of entries follow.
        state: state that follows from the ledger.
    """

    ledger: Ledger
    secret: bytes
    state: ResearchState

    def submission(self, number: int) -> tuple[Entry, Submitted]:
        """The entry of a submission, and its record; raises NoSubmissionError if there is none."""
        found = find_record(self.ledger, number, Submitted)
        if found is None:
            raise NoSubmissionError(f"you have no submission {number}; see your receipts")
        return found

    def read(self, number: int, wanted: type[R]) -> tuple[Entry, R]:
        """An entry that the state refers to, and its record.

        Raises:
            LedgerError: the entry is missing, was changed, or is malformed.
        """
        found = find_record(self.ledger, number, wanted)
        if found is None:
            raise LedgerError(f"entry {number} ({wanted.kind}) is missing")
        return found

    def write(self, record: Record) -> int:
        """Append a record with its salt unless it exists; return the entry's number."""
        if isinstance(record, SaltedRecord):
            salt = hmac.digest(self.secret, f"salt {record.key}".encode(), "sha256")
            record = replace(record, salt=salt.hex())
        return self.ledger.append(record.kind, record.to_json(), record.key).number

    def known(self, submission: Submission) -> Evaluation | None:
        """The evaluation of the same method by another researcher; None if it was not scored."""
        state = self.state.read()
        for number in state.same[submission.digest]:
            if number in state.outcomes:
                return self.read(state.outcomes[number], Scored)[1].evaluation
        return None
