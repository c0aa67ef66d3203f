"""Tables of `truing referee close` and `report`: processor seconds of submitted folders."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from truing.cli._console import output_console, print_text

if TYPE_CHECKING:
    from truing.report import FittingTable
    from truing.research import ResearchReport, SubmissionUsage

MOST_SHOWN = 20  # submissions in the table; --json contains all


def print_usage(report: ResearchReport) -> None:
    """Print the processor seconds of each researcher and of each folder, if there are folders."""
    if not report.usage:
        return
    console = output_console()
    console.print(_of_researchers(report), "")
    dearest = sorted(report.usage, key=lambda one: -one.charged)[:MOST_SHOWN]
    console.print(_of_submissions(dearest))
    print_text(
        "Processor seconds of submitted folders. final: runs of finalists, which are not charged."
    )
    if hidden := len(report.usage) - len(dearest):
        print_text(f"{hidden} folders with smaller charges are not shown; --json prints them.")


def _of_researchers(report: ResearchReport) -> FittingTable:
    from truing.report import Column, FittingTable

    columns = [Column("researcher", left=True, fold=True)]
    columns += map(Column, ("folders", "charged [s]", "reserved [s]"))
    rows = [
        (one.researcher, str(one.folders), str(one.charged), str(one.reserved))
        for one in report.researcher_usage
    ]
    return FittingTable(columns, rows)


def _of_submissions(usage: Sequence[SubmissionUsage]) -> FittingTable:
    from truing.report import Column, FittingTable

    columns = [Column("submission"), Column("researcher", left=True, fold=True)]
    columns += map(Column, ("charged [s]", "reserved [s]", "used [s]", "final [s]", "memory [MB]"))
    rows = [
        (
            str(one.submission),
            one.researcher,
            "" if one.reserved else str(one.charged),
            str(one.reserved) if one.reserved else "",
            "" if one.reserved else f"{one.climb.cpu:.2f}",
            f"{one.final.cpu:.2f}" if one.final.cpu else "",
            "" if one.reserved else f"{one.climb.memory_mb:.0f}",
        )
        for one in usage
    ]
    return FittingTable(columns, rows)
