"""Summary of `truing research`: each researcher's best finalist on sealed items."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from truing.cli._console import output_console, print_text
from truing.cli._research_tables import gain_text, method_text

if TYPE_CHECKING:
    from truing.research import ReportedFinalist, ResearchReport


def print_summary(reports: Mapping[str, ResearchReport]) -> None:
    """Print the best finalist of each researcher by sealed gain, its gain and its verdict."""
    from truing.report import Column, FittingTable

    name = Column("researcher", left=True, fold=True)
    rows = [row for who, report in reports.items() for row in _rows(who, report)]
    numbers = [Column("sealed gain [95%]"), Column("verdict", left=True), Column("p (Holm)")]
    console = output_console()
    console.print(FittingTable([name, *numbers], rows), "")
    tried = [
        (who, _tried(report), method_text(found) if (found := _best(report)) else "")
        for who, report in reports.items()
    ]
    best = Column("best finalist", left=True, fold=True)
    console.print(FittingTable([name, Column("methods tried"), best], tried), "")
    print_text(
        "best finalist: the finalist with the largest sealed gain, its accuracy difference from "
        "the baseline on sealed items. The largest of several gains is too high on average. "
        "Verdicts at 0.05, Holm-corrected over all submitted methods. Each researcher ran once: no "
        "interval covers the variation between runs."
    )
    alone = [who for who, one in reports.items() if _climb_tasks_only(one)]
    if alone:
        print_text(
            f"{', '.join(alone)}: the best finalist gains on climb tasks only, not on other tasks."
        )


def _rows(who: str, report: ResearchReport) -> list[tuple[str, ...]]:
    """A row for each sealed task of the best finalist; the verdict is on their mean."""
    if not report.finalists:
        return [(who, "", "no method could be scored", "")]
    best = _best(report) or report.finalists[0]
    gains, verdict = best.gains["sealed"], (best.verdict, f"{best.p_holm:.2g}")
    if len(gains) < 2:
        return [(who, gain_text(gains[0]) if gains else "failed", *verdict)]
    named = [(f"{who}, {Path(gain.task).name}", gain_text(gain)) for gain in gains]
    return [(*row, *(("", "") if place else verdict)) for place, row in enumerate(named)]


def _tried(report: ResearchReport) -> str:
    failed = f", {report.failed} failed" if report.failed else ""
    return f"{report.spent} of {report.config.budget.each}{failed}"


def _climb_tasks_only(report: ResearchReport) -> bool:
    best = _best(report)
    return best is not None and best.climb_tasks_only


def _best(report: ResearchReport) -> ReportedFinalist | None:
    from truing.research import best_finalist

    return best_finalist(report.finalists)
