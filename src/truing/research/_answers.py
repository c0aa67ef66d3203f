"""Answers: what a referee returns to researchers. Every door returns the same answers."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal, TypedDict

from truing.research.folders._contract import FolderContract, ProtocolContract


@dataclass(frozen=True)
class Answer:
    """An answer with its JSON; see also `truing.research.Receipt`."""

    def to_json(self) -> dict[str, Any]:
        """The answer as plain JSON values."""
        return asdict(self)


@dataclass(frozen=True)
class LeaderboardRow(Answer):
    """A method that raised the best released score, as all researchers see it."""

    submission: int
    researcher: str
    family: str
    claim: str
    released: float


@dataclass(frozen=True)
class Leaderboard(Answer):
    """The methods that raised the best released score, latest first."""

    leaderboard: tuple[LeaderboardRow, ...]


@dataclass(frozen=True)
class Finding(Answer):
    """A finding in the forum; `number` is the number of its entry in the ledger."""

    number: int
    researcher: str
    text: str


@dataclass(frozen=True)
class FindingNumber(Answer):
    """The number of a finding that a researcher shared."""

    number: int


@dataclass(frozen=True)
class FindingsPage(Answer):
    """Findings from the forum, oldest first, and whether there are more."""

    findings: tuple[Finding, ...]
    more: bool


@dataclass(frozen=True)
class BudgetState(Answer):
    """The budget of a researcher: numbers of submissions, and processor seconds.

    Attributes:
        researcher: name of the researcher.
        spent, left: numbers of submissions that are spent and left.
        each, all: limits of the number of submissions, for each researcher and for all.
        cpu_spent: processor seconds of the researcher's scored submissions, in whole seconds.
        cpu_reserved: processor seconds reserved for submissions that are not scored yet.
        cpu_left: processor seconds that may still be reserved; None if there is no limit.
        cpu_each, cpu_all: limits of the processor seconds; None if there is no limit.
    """

    researcher: str
    spent: int
    left: int
    each: int
    all: int
    cpu_spent: int = 0
    cpu_reserved: int = 0
    cpu_left: int | None = None
    cpu_each: int | None = None
    cpu_all: int | None = None


class BudgetLimits(TypedDict):
    """Limits for each researcher and for all: numbers of submissions, and processor seconds."""

    each: int
    all: int
    cpu_each: int | None
    cpu_all: int | None


class ProblemDescription(TypedDict):
    """A problem for researchers, as JSON. Each problem adds its own fields.

    Attributes:
        kind: name of the problem in the configuration.
        aim: what researchers search for, and how methods are scored.
        seeds: number of seeds of each evaluation.
        compositions: the arguments of a composition.
        files: whether Python files may be submitted.
        folders: the contract of submitted folders; False if folders may not be submitted.
    """

    kind: str
    aim: str
    seeds: int
    compositions: list[dict[str, Any]]
    files: bool
    folders: FolderContract | ProtocolContract | Literal[False]


class Description(ProblemDescription):
    """A problem with the rules of its referee.

    Attributes:
        rules: how scores are released, and what a submission costs.
        budget: numbers of submissions and of processor seconds.
        public_key: public key of the referee, for the signatures of receipts.
    """

    rules: str
    budget: BudgetLimits
    public_key: str
