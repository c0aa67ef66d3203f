"""Usage of submissions: the processor seconds of submitted folders, from the ledger alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from truing.research._charges import charge
from truing.research.folders._run import Usage
from truing.research.ledger._entry import Entry
from truing.research.ledger._read_records import read_records
from truing.research.ledger._records import FinallyScored, Scored, Submitted


@dataclass(frozen=True)
class SubmissionUsage:
    """Processor seconds and other resources of a submitted folder.

    Attributes:
        submission: number of the submission.
        researcher: name of the researcher.
        charged: processor seconds that were charged, in whole seconds; 0 before it is scored.
        reserved: processor seconds that are reserved for its runs; 0 after it was scored.
        climb: what its runs on the climb tier used.
        final: what its runs as a finalist used, on sealed items and on other tasks; not charged.
    """

    submission: int
    researcher: str
    charged: int
    reserved: int
    climb: Usage
    final: Usage


@dataclass(frozen=True)
class ResearcherUsage:
    """Processor seconds of the folders of a researcher, in whole seconds.

    Attributes:
        researcher: name of the researcher.
        folders: number of submitted folders.
        charged: processor seconds that were charged.
        reserved: processor seconds that are reserved for folders that are not scored yet.
    """

    researcher: str
    folders: int
    charged: int
    reserved: int


def read_usage(entries: Sequence[Entry]) -> tuple[SubmissionUsage, ...]:
    """The usage of each submission for which processor seconds were reserved, in their order."""
    scored = {one.submission: one for one in read_records(entries, Scored).values()}
    finals = {one.submission: one for one in read_records(entries, FinallyScored).values()}
    found = []
    for number, one in read_records(entries, Submitted).items():
        if not one.reserved:
            continue
        outcome, final = scored.get(number), finals.get(number)
        climb = Usage() if outcome is None else outcome.evaluation.usage
        found.append(
            SubmissionUsage(
                number,
                one.researcher,
                0 if outcome is None else charge(climb.cpu, one.reserved),
                one.reserved if outcome is None else 0,
                climb,
                Usage() if final is None else final.sealed.usage + final.other_tasks.usage,
            )
        )
    return tuple(found)


def by_researcher(usage: Iterable[SubmissionUsage]) -> tuple[ResearcherUsage, ...]:
    """The sums of each researcher, those with the largest charges first.

    Examples:
        >>> from truing.research._submission_usage import SubmissionUsage, Usage, by_researcher
        >>> given = [SubmissionUsage(n, "ada", 3, 0, Usage(2.5), Usage()) for n in (2, 3)]
        >>> by_researcher(given)
        (ResearcherUsage(researcher='ada', folders=2, charged=6, reserved=0),)
    """
    groups: dict[str, list[SubmissionUsage]] = {}
    for one in usage:
        groups.setdefault(one.researcher, []).append(one)
    found = [
        ResearcherUsage(
            name, len(own), sum(one.charged for one in own), sum(one.reserved for one in own)
        )
        for name, own in groups.items()
    ]
    return tuple(sorted(found, key=lambda one: (-one.charged, one.researcher)))
