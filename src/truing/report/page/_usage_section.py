"""Section of the processor seconds that submitted folders used, by researcher and submission."""

from __future__ import annotations

from collections.abc import Iterator

from truing.given import shown
from truing.report.page._page import Section, Table
from truing.report.page._research_drawings import Reports
from truing.research import ResearchReport, SubmissionUsage
from truing.wording import counted

RESEARCHERS = ("researcher", "#folders", "#charged [s]", "#reserved [s]", "#left [s]")
SUBMISSIONS = (
    *("submission", "researcher", "#charged [s]", "#reserved [s]"),
    *("#used [s]", "#time [s]", "#memory [MB]", "#as a finalist [s]"),
)
NOTE = (
    "Charged: processor seconds of the runs on the climb tier, rounded up to whole seconds, and "
    "never more than was reserved when the folder was accepted. Reserved: the most that the runs "
    "of a folder that is not scored yet may use. As a finalist: runs on sealed items and on other "
    "tasks, which are not charged. Time is that of all runs together; memory is the largest of a "
    "run."
)


def usage_section(reports: Reports) -> Section:
    """The section of one or several ledgers."""
    paragraphs = tuple(_sum(report) for report in reports.values() if report.usage)
    researchers = tuple(row for report in reports.values() for row in _researchers(report))
    submissions = tuple(_row(one, report) for report in reports.values() for one in report.usage)
    tables = (
        Table("Processor seconds by researcher", RESEARCHERS, researchers),
        Table("Processor seconds by submission", SUBMISSIONS, submissions, NOTE),
    )
    return Section("processor-seconds", "Processor seconds", paragraphs, tables=tables)


def _sum(report: ResearchReport) -> str:
    charged = sum(one.charged for one in report.usage)
    reserved = sum(one.reserved for one in report.usage)
    limit = report.config.budget.cpu_all
    of = "" if limit is None else f" of {limit:,}"
    return (
        f"{counted(len(report.usage), 'folder')} of "
        f"{counted(len(report.researcher_usage), 'researcher')}: {charged:,}{of} processor seconds "
        f"charged, {reserved:,} reserved."
    )


def _researchers(report: ResearchReport) -> Iterator[tuple[str, ...]]:
    each = report.config.budget.cpu_each
    for one in report.researcher_usage:
        left = "no limit" if each is None else str(max(0, each - one.charged - one.reserved))
        name = shown(one.researcher, report.researchers)
        yield name, str(one.folders), str(one.charged), str(one.reserved), left


def _row(one: SubmissionUsage, report: ResearchReport) -> tuple[str, ...]:
    climb, waiting = one.climb, bool(one.reserved)
    return (
        str(one.submission),
        shown(one.researcher, report.researchers),
        "" if waiting else str(one.charged),
        str(one.reserved) if waiting else "",
        "" if waiting else f"{climb.cpu:.2f}",
        "" if waiting else f"{climb.seconds:.1f}",
        "" if waiting else f"{climb.memory_mb:.0f}",
        f"{one.final.cpu:.2f}" if one.final.cpu else "",
    )
