"""Records: the contents of ledger entries, with one class for each kind of entry.

| kind | record | written |
|---|---|---|
| opened | `Opened` | once, as the first entry |
| submission | `Submitted` | when a method is accepted and charged |
| outcome | `Scored` | when a submission was scored or failed |
| finding | `Shared` | when a researcher shares a text |
| gate | `Gated` | for each candidate for a finalist that was not gated before, after `closed` |
| closed | `Closed` | once; no submission is accepted after it |
| final | `FinallyScored` | for each finalist, after `closed` |
| verdicts | `Decided` | once, after all finalists have final scores |
| audit | `Audited` | for each audit of a submission; it never changes a verdict |

An entry's body is the JSON of its record: `Record.to_json` writes it and `read_record` reads it.
The JSON is hashed, so stored entries keep the names of their version; `read_record` upgrades them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, ClassVar, Self

from pydantic import TypeAdapter

from truing.research._config import ResearchConfig
from truing.research._evaluation import Evaluation, FinalVerdict
from truing.research._submission import Submission
from truing.research.audit._finding import Audit
from truing.research.gate._result import GateResult
from truing.research.ledger._upgrade import upgrade


@dataclass(frozen=True)
class Record:
    """The content of a ledger entry.

    Attributes:
        kind: kind of the entry.
    """

    kind: ClassVar[str]

    @property
    def key(self) -> str:
        """The entry's key. The ledger writes each key only once."""
        return self.kind

    def to_json(self) -> dict[str, Any]:
        """The entry's body."""
        return _adapter(type(self)).dump_python(self, mode="json")

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> Self:
        """The record in a body of this or an earlier version.

        Raises:
            ValidationError, KeyError: the body is malformed.
        """
        return _adapter(cls).validate_python(upgrade(body))


@dataclass(frozen=True, kw_only=True)
class SaltedRecord(Record):
    """A record with a hash that researchers see, or could see, on receipts.

    Attributes:
        salt: secret text in the hash. Without it a researcher could try values of a true score
            until the hash matches.
    """

    salt: str = ""


@dataclass(frozen=True)
class Opened(Record):
    """The start of a research run.

    Attributes:
        config: configuration of the run.
        secret: SHA-256 of the secret.
        draws: version of the rule by which seeds and items follow from the secret.
        public_key: public key for the signatures of receipts; empty in the earliest ledgers.
    """

    kind: ClassVar[str] = "opened"

    config: ResearchConfig
    secret: str
    draws: int = 1
    public_key: str = ""


@dataclass(frozen=True)
class Submitted(SaltedRecord):
    """A submission that was accepted and charged to its researcher.

    Attributes:
        researcher: name of the researcher.
        family: the problem's short name for this kind of method.
        submission: the submission in its canonical form.
        reserved: most processor seconds that its runs on the climb tier may use.
    """

    kind: ClassVar[str] = "submission"

    researcher: str
    family: str
    submission: Submission
    reserved: int = 0

    @property
    def key(self) -> str:
        """One entry for each method of a researcher."""
        return f"{self.kind} {self.researcher} {self.submission.digest}"

    def to_json(self) -> dict[str, Any]:
        """The entry's body, with the fields of the submission at the top level."""
        return {
            "researcher": self.researcher,
            "digest": self.submission.digest,
            "family": self.family,
            **self.submission.model_dump(mode="json"),
            "reserved": self.reserved,
            "salt": self.salt,
        }

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> Self:
        """The record in a body."""
        submission = {name: body[name] for name in Submission.model_fields}
        return super().from_json({**body, "submission": submission})


@dataclass(frozen=True)
class Scored(SaltedRecord):
    """The result of a submission on the climb tier.

    Attributes:
        submission: number of the submission's entry.
        evaluation: the true gains, or the failure.
        released: the best released score after this submission.
        improved: whether this submission raised the best released score.
        gate: result of the capability gate; None if the score would not have been released, and
            without a gate.
    """

    kind: ClassVar[str] = "outcome"

    submission: int
    evaluation: Evaluation
    released: float
    improved: bool
    gate: GateResult | None = None

    @property
    def key(self) -> str:
        """One entry for each submission."""
        return f"{self.kind} {self.submission}"

    def to_json(self) -> dict[str, Any]:
        """The entry's body, with a copy of the fields that a receipt states."""
        stated = {name: getattr(self.evaluation, name) for name in ("failure", "isolation")}
        body = {**super().to_json(), **stated}
        return {name: value for name, value in body.items() if name != "gate" or value is not None}


@dataclass(frozen=True)
class Shared(Record):
    """A finding that a researcher shared in the forum."""

    kind: ClassVar[str] = "finding"

    researcher: str
    text: str

    @property
    def digest(self) -> str:
        """SHA-256 of the text."""
        return sha256(self.text.encode()).hexdigest()

    @property
    def key(self) -> str:
        """One entry for each text of a researcher."""
        return f"{self.kind} {self.researcher} {self.digest}"


@dataclass(frozen=True)
class Closed(Record):
    """The end of the submission period."""

    kind: ClassVar[str] = "closed"


@dataclass(frozen=True)
class Gated(SaltedRecord):
    """The result of the capability gate on a candidate for a finalist, when the run is closed."""

    kind: ClassVar[str] = "gate"

    submission: int
    result: GateResult

    @property
    def key(self) -> str:
        """One entry for each submission."""
        return f"{self.kind} {self.submission}"


@dataclass(frozen=True)
class FinallyScored(SaltedRecord):
    """The results of a finalist on the tiers that are scored only once.

    Attributes:
        submission: number of the submission's entry.
        sealed, other_tasks: the gains, or the failure, on each tier.
    """

    kind: ClassVar[str] = "final"

    submission: int
    sealed: Evaluation
    other_tasks: Evaluation

    @property
    def key(self) -> str:
        """One entry for each finalist."""
        return f"{self.kind} {self.submission}"


@dataclass(frozen=True)
class Decided(SaltedRecord):
    """The verdicts on all finalists, best first."""

    kind: ClassVar[str] = "verdicts"

    verdicts: tuple[FinalVerdict, ...]


@dataclass(frozen=True)
class Audited(SaltedRecord):
    """The audit of a submission.

    Attributes:
        audit: the findings.
        others: number of other submissions of the same researcher that the audit could see.
    """

    kind: ClassVar[str] = "audit"

    audit: Audit
    others: int = 0

    @property
    def key(self) -> str:
        """One entry for each submission, number of other submissions, and judge."""
        return audit_key(self.audit.submission, self.others, self.audit.model)


def audit_key(submission: int, others: int, model: str) -> str:
    """The key of an audit's entry."""
    return f"{Audited.kind} {submission} {others} {model}"


_adapters: dict[type[Record], TypeAdapter[Any]] = {}


def _adapter(record: type[Record]) -> TypeAdapter[Any]:
    if record not in _adapters:
        _adapters[record] = TypeAdapter(record)
    return _adapters[record]
