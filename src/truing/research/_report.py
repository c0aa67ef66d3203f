"""Report of a research run, made from its ledger alone."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from pydantic import TypeAdapter, ValidationError

from truing.errors import DataError, UserError
from truing.given import shown
from truing.research._config import ResearchConfig
from truing.research._evaluation import FinalVerdict
from truing.research._submission import Submission
from truing.research._submission_usage import (
    ResearcherUsage,
    SubmissionUsage,
    by_researcher,
    read_usage,
)
from truing.research._validation import first_error
from truing.research.audit import Audit
from truing.research.folders import FrozenFolder
from truing.research.gate._forecasts import ForecastReport, score_forecasts
from truing.research.gate._report import ReportedGate, report_gate
from truing.research.ledger._entry import canonical
from truing.research.ledger._ledger import Ledger
from truing.research.ledger._read_records import read_opened, read_records
from truing.research.ledger._records import Audited, Closed, Decided, Scored, Submitted
from truing.research.ledger._upgrade import upgrade

UPGRADED = ("problem", "budget", "finalists")  # other parts have keys that are no field names


@dataclass(frozen=True)
class BestSoFar:
    """The best scores after a number of evaluations.

    Attributes:
        evaluations: number of scored submissions, including failed submissions.
        released: best released score; 0 is the baseline.
        best: best true mean gain on the climb tier, which researchers never see; None before the
            first success, and in a run that is not closed.
    """

    evaluations: int
    released: float | None
    best: float | None


@dataclass(frozen=True, kw_only=True)
class ReportedFinalist(FinalVerdict):
    """The verdict on a finalist, with the score that was released for it.

    Attributes:
        released: released score; None if the submission did not raise the best released score.
        files: files of a submitted folder, text by path; empty for other kinds.
    """

    released: float | None
    files: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        sealed = self.scores["sealed"]
        gain = "no sealed gain" if sealed is None else f"sealed gain {sealed:+.3f}"
        return f"{shown(self.researcher)}: {self.content or self.claim}, {gain}, {self.verdict}"

    def __repr__(self) -> str:
        return f"<ReportedFinalist {self}>"

    def to_json(self) -> dict[str, Any]:
        """The finalist as plain JSON values."""
        stated = super().to_json()
        last = {name: stated.pop(name) for name in ("released", "files")}
        return {**stated, **last}


@dataclass(frozen=True)
class ResearchReport:
    """The report of a research run.

    Attributes:
        researchers: number of submissions, by researcher.
        config: configuration of the run.
        spent, failed: numbers of charged submissions and of failed submissions.
        failures: number of failures, by reason.
        families: number of submissions, by family of methods.
        entropy: entropy of the families, in bits.
        isolation: isolation levels at which submitted code ran; empty if no code was submitted.
        progress: best scores after each evaluation.
        finalists: the referee's verdicts; empty before the run is closed.
        entries, head: number of entries in the ledger, and hash of the last entry.
        gate: results of the capability gate; empty before the verdicts, and without a gate.
        forecasts: scores of the forecasts on the method cards; None before the verdicts.
        audits: the latest audit of each audited submission by each judge; before the run is
            closed, without the findings that used the ground truth.
        usage: processor seconds of each submitted folder.
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
    gate: tuple[ReportedGate, ...] = ()
    forecasts: ForecastReport | None = None
    audits: tuple[Audit, ...] = ()
    usage: tuple[SubmissionUsage, ...] = ()

    @property
    def allowed(self) -> int:
        """Largest number of submissions of the researchers who submitted something."""
        budget = self.config.budget
        return min(budget.each * max(len(self.researchers), 1), budget.all)

    @property
    def researcher_usage(self) -> tuple[ResearcherUsage, ...]:
        """Processor seconds of each researcher's folders, largest charges first."""
        return by_researcher(self.usage)

    def flags(self, submission: int) -> tuple[str, ...]:
        """Names of the checks of all audits that flag a submission."""
        found = (flag for one in self.audits if one.submission == submission for flag in one.flags)
        return tuple(dict.fromkeys(found))

    def to_json(self) -> dict[str, Any]:
        """The report as plain JSON values."""
        audits = [one.to_json() for one in self.audits]
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
            "gate": [asdict(one) for one in self.gate],
            "forecasts": None if self.forecasts is None else asdict(self.forecasts),
            **({"audits": audits} if audits else {}),
            **_usage_json(self),
        }

    @classmethod
    def from_json(cls, stored: object) -> Self:
        """Read the values of `to_json` of this or an earlier version.

        Of the configuration only problem and budget are stored.

        Raises:
            DataError: a value is missing or has another type.
        """
        if not isinstance(stored, Mapping):
            raise DataError("the report is not a JSON object")
        parts = {name: upgrade(value) for name, value in stored.items() if name in UPGRADED}
        config = {name: parts[name] for name in ("problem", "budget") if name in parts}
        try:
            return TypeAdapter(cls).validate_python({**stored, **parts, "config": config})
        except ValidationError as error:
            raise DataError(first_error(error.errors(), "the report")) from None


def _usage_json(report: ResearchReport) -> dict[str, Any]:
    """Processor seconds by submission and by researcher; empty if no folder was submitted."""
    names = ("usage", "researcher_usage") if report.usage else ()
    return {name: [asdict(one) for one in getattr(report, name)] for name in names}


def best_finalist(finalists: Iterable[ReportedFinalist]) -> ReportedFinalist | None:
    """The best finalist by sealed gain: the largest mean gain over the tasks of the sealed tier.

    Terminal, report, dashboard and `ResearchResult.best` name the same finalist by this rule. The
    gain of the best of many finalists is too high on average, because part of it is luck on the
    sealed items.

    Args:
        finalists: finalists of one researcher or of several.

    Returns:
        The finalist; None if no finalist was scored on the sealed items.
    """
    scored = [(one.scores.get("sealed"), one) for one in finalists]
    known = [(score, one) for score, one in scored if score is not None]
    return max(known, key=lambda pair: pair[0])[1] if known else None


def make_report(ledger: Ledger) -> ResearchReport:
    """The report of the research run in a ledger.

    Raises:
        UserError: the ledger contains no research run.
        LedgerError: an entry was changed, is missing, or is malformed.
    """
    entries = ledger.entries()
    opened = read_opened(ledger)
    if opened is None:
        raise UserError(f"{ledger.path} contains no research run")
    submissions = read_records(entries, Submitted)
    submitted = list(submissions.values())
    scored = list(read_records(entries, Scored).values())
    closed = bool(read_records(entries, Closed))
    decisions = list(read_records(entries, Decided).values())
    decided = [one for record in decisions for one in record.verdicts]
    evaluations = [one.evaluation for one in scored]
    failures = Counter(one.failure for one in evaluations if one.failure)
    families = Counter(one.family for one in submitted)
    released = {one.submission: one.released for one in scored if one.improved}
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
            ReportedFinalist(
                **vars(one),
                released=released.get(one.submission),
                files=_files(submissions[one.submission].submission),
            )
            for one in decided
        ),
        entries=len(entries),
        head=entries[-1].hash,
        gate=report_gate(entries, submissions) if decisions else (),
        forecasts=score_forecasts(submissions, scored, decided) if decisions else None,
        audits=_audits(read_records(entries, Audited).values(), closed),
        usage=read_usage(entries),
    )


def _files(submission: Submission) -> Mapping[str, str]:
    """Files of a submitted folder; empty for other kinds."""
    return FrozenFolder.from_json(submission.content).files if submission.kind == "folder" else {}


def _audits(records: Iterable[Audited], closed: bool) -> tuple[Audit, ...]:
    """The latest audit of each submission by each judge, in order of submissions."""
    latest = {(one.audit.submission, one.audit.model): one.audit for one in records}
    found = [latest[key] for key in sorted(latest)]
    return tuple(one if closed else one.without_truth() for one in found)


def entropy(counts: Sequence[int]) -> float:
    """Shannon entropy of the relative frequencies in bits; 0 if there are no counts."""
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
