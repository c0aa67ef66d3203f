"""What a research came to, made from its ledger alone."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from truing.errors import UserError
from truing.research._entry import Entry
from truing.research._ledger import Ledger


@dataclass(frozen=True)
class Progress:
    """What was known after so many evaluations.

    Attributes:
        evaluations: submissions scored, failed ones included.
        released: the best released score; 0 is the baseline's.
        best: the best mean gain on the climb tier, which no researcher is told; None before the
            first, and for all of a research that is not closed.
    """

    evaluations: int
    released: float | None
    best: float | None


@dataclass(frozen=True)
class ResearchReport:
    """A research, as its ledger tells it.

    Attributes:
        researchers: who handed something in, and how often.
        problem: as it is configured.
        budget: submissions that may be scored, of each and of all.
        spent, failed: submissions charged, and those of them that failed.
        failures: how often each reason was given.
        families: how often each family of methods was tried.
        entropy: of the families, in bits.
        isolation: levels at which submitted code ran; none where only compositions came.
        progress: after each evaluation.
        finalists: verdicts as the referee gave them; empty before the research is closed.
        entries, head: the ledger's length, and the hash that says all of it.
    """

    researchers: dict[str, int]
    problem: dict[str, Any]
    budget: dict[str, int]
    spent: int
    failed: int
    failures: dict[str, int]
    families: dict[str, int]
    entropy: float
    isolation: tuple[str, ...]
    progress: tuple[Progress, ...]
    finalists: tuple[dict[str, Any], ...]
    entries: int
    head: str

    def to_json(self) -> dict[str, Any]:
        """The report as plain JSON values."""
        return asdict(self)


def make_report(ledger: Ledger) -> ResearchReport:
    """Read a research off its ledger.

    Raises:
        UserError: it holds no research.
        LedgerError: an entry was changed, or is missing among the others.
    """
    entries = ledger.entries()
    kinds: dict[str, list[Entry]] = {}
    for entry in entries:
        kinds.setdefault(entry.kind, []).append(entry)
    if "opened" not in kinds:
        raise UserError(f"{ledger.path} holds no research")
    config = kinds["opened"][0].body["config"]
    submissions, outcomes = kinds.get("submission", []), kinds.get("outcome", [])
    verdicts = kinds["verdicts"][0].body["verdicts"] if "verdicts" in kinds else []
    failures = Counter(one.body["failure"] for one in outcomes if one.body["failure"])
    families = Counter(one.body["family"] for one in submissions)
    return ResearchReport(
        researchers=dict(Counter(one.body["researcher"] for one in submissions)),
        problem=config["problem"],
        budget=config["budget"],
        spent=len(submissions),
        failed=failures.total(),
        failures=dict(failures.most_common()),
        families=dict(families.most_common()),
        entropy=entropy(list(families.values())),
        isolation=tuple(sorted({one.body["isolation"] for one in outcomes} - {""})),
        progress=_progress(outcomes, closed="closed" in kinds),
        finalists=tuple(_told(one, outcomes) for one in verdicts),
        entries=len(entries),
        head=entries[-1].hash,
    )


def entropy(counts: Sequence[int]) -> float:
    """Shannon's, in bits, of the shares that counts have; 0 where there is nothing."""
    total = sum(counts)
    shares = [count / total for count in counts if count]
    return abs(math.fsum(-share * math.log2(share) for share in shares))


def _progress(outcomes: Sequence[Entry], closed: bool) -> tuple[Progress, ...]:
    best: float | None = None
    found = []
    for number, outcome in enumerate(outcomes, 1):
        gains = outcome.body["evaluation"]["gains"]
        if closed and gains:
            score = sum(gain["value"] for gain in gains) / len(gains)
            best = score if best is None else max(best, score)
        found.append(Progress(number, outcome.body["released"], best))
    return tuple(found)


def _told(verdict: dict[str, Any], outcomes: Sequence[Entry]) -> dict[str, Any]:
    """A verdict, with the score that its researcher was told; None where it was told another's."""
    own = next(o.body for o in outcomes if o.body["submission"] == verdict["submission"])
    return {**verdict, "released": own["released"] if own["improved"] else None}
