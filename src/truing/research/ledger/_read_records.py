"""Read the records in a ledger's entries."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from pydantic import ValidationError

from truing.errors import LedgerError
from truing.research._validation import first_error
from truing.research.gate._result import GateResult
from truing.research.ledger._entry import Entry
from truing.research.ledger._ledger import Ledger
from truing.research.ledger._records import (
    Audited,
    Closed,
    Decided,
    FinallyScored,
    Gated,
    Opened,
    Record,
    Scored,
    Shared,
    Submitted,
)

RECORDS: dict[str, type[Record]] = {
    one.kind: one
    for one in (Opened, Submitted, Scored, Shared, Closed, Gated, FinallyScored, Decided, Audited)
}
R = TypeVar("R", bound=Record)


def read_record(entry: Entry) -> Record | None:
    """The record in an entry; None if the kind of entry is unknown.

    Raises:
        LedgerError: the body is malformed.
    """
    if entry.kind not in RECORDS:
        return None
    try:
        return RECORDS[entry.kind].from_json(entry.body)
    except ValidationError as error:
        why = first_error(error.errors(), "body")
    except KeyError as error:
        why = f"the field {error} is missing"
    raise LedgerError(f"entry {entry.number} ({entry.kind}) is malformed: {why}")


def read_records(entries: Iterable[Entry], wanted: type[R]) -> dict[int, R]:
    """The records of one class, by entry number.

    Raises:
        LedgerError: a body is malformed.
    """
    found = ((entry.number, read_record(entry)) for entry in entries if entry.kind == wanted.kind)
    return {number: record for number, record in found if isinstance(record, wanted)}


def find_record(ledger: Ledger, number: int, wanted: type[R]) -> tuple[Entry, R] | None:
    """An entry and its record; None if no entry of this class has the number.

    Raises:
        LedgerError: the entry was changed, or its body is malformed.
    """
    entry = ledger.entry(number)
    record = None if entry is None else read_record(entry)
    return (entry, record) if entry is not None and isinstance(record, wanted) else None


def read_gate(ledger: Ledger, number: int) -> GateResult:
    """The result of the capability gate in an entry: an outcome, or the entry of a candidate.

    Raises:
        LedgerError: the entry is missing, was changed, or contains no result of the gate.
    """
    entry = ledger.entry(number)
    record = None if entry is None else read_record(entry)
    if isinstance(record, Gated):
        return record.result
    if isinstance(record, Scored) and record.gate is not None:
        return record.gate
    raise LedgerError(f"entry {number} contains no result of the capability gate")


def read_gates(ledger: Ledger) -> dict[int, GateResult]:
    """The results of the capability gate in a ledger, by number of the submission."""
    during = read_records(ledger.entries(Scored.kind), Scored).values()
    later = read_records(ledger.entries(Gated.kind), Gated).values()
    found = {one.submission: one.gate for one in during if one.gate is not None}
    return found | {one.submission: one.result for one in later}


def read_opened(ledger: Ledger) -> Opened | None:
    """The first record of a ledger; None if the ledger contains no research run.

    Raises:
        LedgerError: the entry was changed, or its body is malformed.
    """
    return next(iter(read_records(ledger.entries(Opened.kind, most=1), Opened).values()), None)
