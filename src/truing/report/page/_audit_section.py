"""Section of the auditor: flags with evidence, and the checks that did not flag anything."""

from __future__ import annotations

from collections.abc import Iterator

from truing.report._texts import p_named
from truing.report.page._page import Section, Table
from truing.report.page._research_drawings import Reports
from truing.research.audit import Audit, AuditFinding
from truing.wording import counted

NOTE = (
    "The auditor never changes a score or a verdict: a person reads the evidence and decides. "
    "p-values are Holm-corrected over the tests of a submission, so an honest submission is "
    "flagged by a test with probability 5% at most. Rules have no p-value. Evidence may quote "
    "submitted code, which no one has checked."
)
FLAGGED = ("submission", "check", "#p (Holm)", "evidence", "a flag means")
PASSED = ("submission", "#checks", "not flagged", "no result", "#runs", "#processor time [s]")


def draw_audits(reports: Reports) -> Section:
    """The flags of all audits, and the checks without a flag."""
    flagged: list[tuple[str, ...]] = []
    passed: list[tuple[str, ...]] = []
    for name, report in reports.items():
        flags = [row for one in report.audits for row in _flags(one)]
        flagged += [(name,), *(flags or [("none", "", "", "", "")])] if report.audits else []
        passed += [(name,), *map(_passed, report.audits)] if report.audits else []
    tables = (
        Table("Flags of the auditor", FLAGGED, tuple(flagged)),
        Table("Audited submissions", PASSED, tuple(passed)),
    )
    return Section("audit", "Audit", (NOTE,), points=tuple(_points(reports)), tables=tables)


def _points(reports: Reports) -> Iterator[str]:
    """The flags of each flagged submission, or that there is none."""
    for name, report in reports.items():
        audited = dict.fromkeys(one.submission for one in report.audits)
        flagged = [one for one in audited if report.flags(one)]
        if audited:
            yield f"{name}: {len(flagged)} of {counted(len(audited), 'audited submission')} flagged"
        yield from (f"submission {one}: {', '.join(report.flags(one))}" for one in flagged)


def _flags(audit: Audit) -> Iterator[tuple[str, ...]]:
    for one in audit.findings:
        if one.flagged:
            yield (str(audit.submission), one.check, _p(one), one.evidence, one.meaning)


def _p(finding: AuditFinding) -> str:
    return "rule" if finding.p_holm is None else p_named(finding.p_holm)


def _passed(audit: Audit) -> tuple[str, ...]:
    cost = (str(audit.runs), f"{audit.usage.cpu:.1f}") if audit.runs else ("", "")
    names = (", ".join(audit.passed), ", ".join(audit.unmeasured))
    return (str(audit.submission), str(len(audit.findings)), *names, *cost)
