"""Summary of a research run for the terminal: each researcher's best finalist on sealed items."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from truing.given import shown
from truing.report._fit import Column, FittingTable
from truing.report._texts import p_text, signed_text
from truing.research import ReportedFinalist, ResearchReport, best_finalist

if TYPE_CHECKING:
    from rich.console import RenderableType

LEGEND = (
    "best finalist: the finalist with the largest sealed gain, its accuracy difference from the "
    "baseline on sealed items. The largest of several gains is too high on average. Verdicts at "
    "0.05, Holm-corrected over all submitted methods. Each researcher ran once: no interval covers "
    "the variation between runs."
)


def research_summary(reports: Mapping[str, ResearchReport]) -> RenderableType:
    """The best finalist of each researcher by sealed gain, its gain and its verdict, and notes."""
    from rich.console import Group
    from rich.text import Text

    name = Column("researcher", left=True, fold=True)
    names = {who: shown(who, reports) for who in reports}
    rows = [row for who, report in reports.items() for row in _rows(names[who], report)]
    numbers = [Column("sealed gain [95%]"), Column("verdict", left=True), Column("p (Holm)")]
    tried = [(names[who], _tried(report), _method(report)) for who, report in reports.items()]
    best = Column("best finalist", left=True, fold=True)
    return Group(
        FittingTable([name, *numbers], rows),
        "",
        FittingTable([name, Column("methods tried"), best], tried),
        "",
        *map(Text, (LEGEND, *_notes(reports))),
    )


def method_text(one: ReportedFinalist) -> str:
    """Specification of a composition, or the claim of a file or folder."""
    return one.content or f"a {one.kind}: {one.claim}"


def _rows(who: str, report: ResearchReport) -> list[tuple[str, ...]]:
    """A row for each sealed task of the best finalist; the verdict is on their mean."""
    if not report.finalists:
        why = "no method could be scored" if report.spent else "no method was submitted"
        return [(who, "", why, "")]
    best = best_finalist(report.finalists) or report.finalists[0]
    gains, verdict = best.gains["sealed"], (best.verdict, p_text(best.p_holm))
    if len(gains) < 2:
        return [(who, signed_text(gains[0]) if gains else "failed", *verdict)]
    named = [(f"{who}, {Path(gain.task).name}", signed_text(gain)) for gain in gains]
    return [(*row, *(("", "") if place else verdict)) for place, row in enumerate(named)]


def _tried(report: ResearchReport) -> str:
    failed = f", {report.failed} failed" if report.failed else ""
    return f"{report.spent} of {report.allowed}{failed}"


def _method(report: ResearchReport) -> str:
    """The method of the best finalist; empty without one."""
    best = best_finalist(report.finalists)
    return "" if best is None else method_text(best)


def _notes(reports: Mapping[str, ResearchReport]) -> list[str]:
    """Sentences on gains on other tasks."""
    best = {shown(who, reports): best_finalist(one.finalists) for who, one in reports.items()}
    alone = [who for who, one in best.items() if one is not None and one.climb_tasks_only]
    notes = []
    if alone:
        notes.append(
            f"{', '.join(alone)}: the best finalist gains on climb tasks only, not on other tasks."
        )
    return notes + other_tasks_note(reports)


def other_tasks_note(reports: Mapping[str, ResearchReport]) -> list[str]:
    """A sentence if gains on other tasks were not measured."""
    for problem in (one.config.problem for one in reports.values()):
        if not getattr(problem, "other_tasks", True):
            return ["No other task was named, so gains on other tasks were not measured."]
        if not getattr(problem, "other_questions", True):
            return ["No other question set was named, so gains on other questions are not known."]
    return []
