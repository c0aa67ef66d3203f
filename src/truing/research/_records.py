"""Records: what the entries of a research run's ledger say, one class for each kind of entry.

| kind | record | written |
|---|---|---|
| opened | `Opened` | once, first |
| submission | `Submitted` | when a method is accepted, and charged |
| outcome | `Scored` | when a submission was scored, or failed |
| finding | `Shared` | when a researcher shares a text |
| closed | `Closed` | once; no submission is accepted after it |
| final | `FinallyScored` | for each finalist, after `closed` |
| verdicts | `Decided` | once, last |

An entry's body is the JSON of its record: `Record.to_json` writes it and `read_record` reads it.
The JSON is hashed, so that a field that was stored once must keep its name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, ClassVar, Self, TypeVar

from pydantic import TypeAdapter, ValidationError

from truing.errors import LedgerError
from truing.research._config import ResearchConfig
from truing.research._entry import Entry
from truing.research._evaluation import Evaluation, FinalVerdict
from truing.research._fault import tell_fault
from truing.research._ledger import Ledger
from truing.research._submission import Submission


@dataclass(frozen=True)
class Record:
    """What an entry says.

    Attributes:
        kind: of the entry.
    """

    kind: ClassVar[str]

    @property
    def key(self) -> str:
        """The entry's key: a record with the key of another one is never written."""
        return self.kind

    def to_json(self) -> dict[str, Any]:
        """The entry's body."""
        return _adapter(type(self)).dump_python(self, mode="json")

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> Self:
        """The record of a body; ValidationError or KeyError if the body is of another form."""
        return _adapter(cls).validate_python(body)


@dataclass(frozen=True, kw_only=True)
class SaltedRecord(Record):
    """A record whose entry's hash researchers see on receipts, or could see.

    Attributes:
        salt: makes the hash impossible to guess; without it a researcher could try values of a true
            score until the hash fits.
    """

    salt: str = ""


@dataclass(frozen=True)
class Opened(Record):
    """The beginning of a research run.

    Attributes:
        config: of the research run.
        secret: SHA-256 of the secret.
        draws: version of how seeds and items follow from the secret.
        public_key: of the key that signs receipts; empty in the earliest ledgers.
    """

    kind: ClassVar[str] = "opened"

    config: ResearchConfig
    secret: str
    draws: int = 1
    public_key: str = ""


@dataclass(frozen=True)
class Submitted(SaltedRecord):
    """A submission that was accepted, and charged to its researcher.

    Attributes:
        researcher: who submitted it.
        family: the problem's short name for this kind of method.
        submission: in its canonical form.
    """

    kind: ClassVar[str] = "submission"

    researcher: str
    family: str
    submission: Submission

    @property
    def key(self) -> str:
        """A researcher submits a method once."""
        return f"{self.kind} {self.researcher} {self.submission.digest}"

    def to_json(self) -> dict[str, Any]:
        """The entry's body, with the submission's fields among the others."""
        return {
            "researcher": self.researcher,
            "digest": self.submission.digest,
            "family": self.family,
            **self.submission.model_dump(mode="json"),
            "salt": self.salt,
        }

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> Self:
        """The record of a body."""
        submission = {name: body[name] for name in Submission.model_fields}
        return super().from_json({**body, "submission": submission})


@dataclass(frozen=True)
class Scored(SaltedRecord):
    """What became of a submission on the climb tier.

    Attributes:
        submission: number of the submission's entry.
        evaluation: the true gains, or the failure.
        released: the best released score after it.
        improved: whether this submission raised it.
    """

    kind: ClassVar[str] = "outcome"

    submission: int
    evaluation: Evaluation
    released: float
    improved: bool

    @property
    def key(self) -> str:
        """A submission is scored once."""
        return f"{self.kind} {self.submission}"

    def to_json(self) -> dict[str, Any]:
        """The entry's body, with what a receipt states of the evaluation beside it."""
        stated = {name: getattr(self.evaluation, name) for name in ("failure", "isolation")}
        return {**super().to_json(), **stated}


@dataclass(frozen=True)
class Shared(Record):
    """A text that a researcher put into the forum."""

    kind: ClassVar[str] = "finding"

    researcher: str
    text: str

    @property
    def digest(self) -> str:
        """SHA-256 of the text."""
        return sha256(self.text.encode()).hexdigest()

    @property
    def key(self) -> str:
        """A researcher shares a text once."""
        return f"{self.kind} {self.researcher} {self.digest}"


@dataclass(frozen=True)
class Closed(Record):
    """The end of submissions."""

    kind: ClassVar[str] = "closed"


@dataclass(frozen=True)
class FinallyScored(SaltedRecord):
    """What a finalist gained on the tiers that are scored once.

    Attributes:
        submission: number of the submission's entry.
        sealed, transfer: what it gained there.
    """

    kind: ClassVar[str] = "final"

    submission: int
    sealed: Evaluation
    transfer: Evaluation

    @property
    def key(self) -> str:
        """A finalist is scored once."""
        return f"{self.kind} {self.submission}"


@dataclass(frozen=True)
class Decided(SaltedRecord):
    """The verdicts on all finalists, the best first."""

    kind: ClassVar[str] = "verdicts"

    verdicts: tuple[FinalVerdict, ...]


RECORDS: dict[str, type[Record]] = {
    one.kind: one for one in (Opened, Submitted, Scored, Shared, Closed, FinallyScored, Decided)
}
R = TypeVar("R", bound=Record)


def read_record(entry: Entry) -> Record | None:
    """What an entry says; None if no class is for its kind.

    Raises:
        LedgerError: its body is of another form.
    """
    if entry.kind not in RECORDS:
        return None
    try:
        return RECORDS[entry.kind].from_json(entry.body)
    except ValidationError as error:
        fault = tell_fault(error.errors(), "body")
    except KeyError as error:
        fault = f"it has no {error}"
    raise LedgerError(f"entry {entry.number} ({entry.kind}) is of another form: {fault}")


def read_records(entries: Iterable[Entry], wanted: type[R]) -> dict[int, R]:
    """The records of one class, by the number of their entries.

    Raises:
        LedgerError: a body is of another form.
    """
    found = ((entry.number, read_record(entry)) for entry in entries if entry.kind == wanted.kind)
    return {number: record for number, record in found if isinstance(record, wanted)}


def find_record(ledger: Ledger, number: int, wanted: type[R]) -> tuple[Entry, R] | None:
    """An entry and its record; None if no entry of this class has the number.

    Raises:
        LedgerError: the entry was changed, or its body is of another form.
    """
    entry = ledger.entry(number)
    record = None if entry is None else read_record(entry)
    return (entry, record) if entry is not None and isinstance(record, wanted) else None


def read_opened(ledger: Ledger) -> Opened | None:
    """The beginning of a ledger's research run; None if it has none.

    Raises:
        LedgerError: the entry was changed, or its body is of another form.
    """
    return next(iter(read_records(ledger.entries(Opened.kind, most=1), Opened).values()), None)


_adapters: dict[type[Record], TypeAdapter[Any]] = {}


def _adapter(record: type[Record]) -> TypeAdapter[Any]:
    if record not in _adapters:
        _adapters[record] = TypeAdapter(record)
    return _adapters[record]
