"""What a research came to, made from its ledger alone."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from truing.errors import UserError
from truing.research._config import ResearchConfig
from truing.research._entry import canonical
from truing.research._evaluation import FinalVerdict
from truing.research._ledger import Ledger
from truing.research._records import Closed, Decided, Scored, Submitted, read_opened, read_records


@dataclass(frozen=True)
class BestSoFar:
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


@dataclass(frozen=True, kw_only=True)
class ReportedFinalist(FinalVerdict):
    """A finalist's verdict, beside what its researcher knew.

    Attributes:
        released: the score that was released for it; None where it did not beat the best.
    """

    released: float | None

    def to_json(self) -> dict[str, Any]:
        """The finalist as plain JSON values."""
        stated = super().to_json()
        released = stated.pop("released")
        return {**stated, "released": released}


@dataclass(frozen=True)
class ResearchReport:
    """A research, as its ledger tells it.

    Attributes:
        researchers: who handed something in, and how often.
        config: of the research run.
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
    config: ResearchConfig
    spent: int
    failed: int
    failures: dict[str, int]
    families: dict[str, int]
    entropy: float
    isolation: tuple[str, ...]
    progress: tuple[BestSoFar, ...]
    finalists: tuple[ReportedFinalist, ...]
    entries: int
    head: str

    def to_json(self) -> dict[str, Any]:
        """The report as plain JSON values."""
        config = json.loads(canonical(self.config.model_dump(mode="json")))
        return {
            "researchers": self.researchers,
            "problem": config["problem"],
            "budget": config["budget"],
            "spent": self.spent,
            "failed": self.failed,
            "failures": self.failures,
            "families": self.families,
            "entropy": self.entropy,
            "isolation": self.isolation,
            "progress": [asdict(one) for one in self.progress],
            "finalists": [one.to_json() for one in self.finalists],
            "entries": self.entries,
            "head": self.head,
        }


def make_report(ledger: Ledger) -> ResearchReport:
    """Read a research off its ledger.

    Raises:
        UserError: it holds no research.
        LedgerError: an entry was changed, is missing among the others, or is of another form.
    """
    entries = ledger.entries()
    opened = read_opened(ledger)
    if opened is None:
        raise UserError(f"{ledger.path} holds no research")
    submitted = list(read_records(entries, Submitted).values())
    scored = list(read_records(entries, Scored).values())
    closed = bool(read_records(entries, Closed))
    decided = [one for record in read_records(entries, Decided).values() for one in record.verdicts]
    evaluations = [one.evaluation for one in scored]
    failures = Counter(one.failure for one in evaluations if one.failure)
    families = Counter(one.family for one in submitted)
    told = {one.submission: one.released for one in scored if one.improved}
    return ResearchReport(
        researchers=dict(Counter(one.researcher for one in submitted)),
        config=opened.config,
        spent=len(submitted),
        failed=failures.total(),
        failures=dict(failures.most_common()),
        families=dict(families.most_common()),
        entropy=entropy(list(families.values())),
        isolation=tuple(sorted({one.isolation for one in evaluations} - {""})),
        progress=_progress(scored, closed),
        finalists=tuple(
            ReportedFinalist(**vars(one), released=told.get(one.submission)) for one in decided
        ),
        entries=len(entries),
        head=entries[-1].hash,
    )


def entropy(counts: Sequence[int]) -> float:
    """Shannon's, in bits, of the shares that counts have; 0 where there is nothing."""
    total = sum(counts)
    shares = [count / total for count in counts if count]
    return abs(math.fsum(-share * math.log2(share) for share in shares))


def _progress(scored: Sequence[Scored], closed: bool) -> tuple[BestSoFar, ...]:
    best: float | None = None
    found = []
    for number, outcome in enumerate(scored, 1):
        if closed and outcome.evaluation.gains:
            score = outcome.evaluation.score
            best = score if best is None else max(best, score)
        found.append(BestSoFar(number, outcome.released, best))
    return tuple(found)
