"""Answers: what a referee returns to researchers. Every door returns the same answers."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal, TypedDict

from truing.research.folders._contract import FolderContract


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
    """Numbers of submissions: spent and left for a researcher, and the limits for each and all."""

    researcher: str
    spent: int
    left: int
    each: int
    all: int


class BudgetLimits(TypedDict):
    """Numbers of submissions that are scored: for each researcher, and for all together."""

    each: int
    all: int


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
    folders: FolderContract | Literal[False]


class Description(ProblemDescription):
    """A problem with the rules of its referee.

    Attributes:
        rules: how scores are released, and what a submission costs.
        budget: number of submissions.
        public_key: public key of the referee, for the signatures of receipts.
    """

    rules: str
    budget: BudgetLimits
    public_key: str
