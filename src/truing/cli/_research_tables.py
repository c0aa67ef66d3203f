"""Tables of `truing research --full`: all finalists, and the best of each researcher."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from truing.cli._console import output_console, print_text

if TYPE_CHECKING:
    from truing.report import FittingTable
    from truing.research import ReportedFinalist, ResearchReport


def print_reports(reports: Mapping[str, ResearchReport]) -> None:
    from truing.report import other_tasks_note

    for name, report in reports.items():
        _print_report(name, report)
    if len(reports) > 1:
        _print_compared(reports)
    print_text(
        "gain: accuracy difference from the baseline on the same seeds and items, with 95% "
        "intervals, not corrected. verdict: on the sealed gain, Holm-corrected over all "
        "submitted methods. released: the score that the referee released, if any.",
        *other_tasks_note(reports),
    )


def _print_report(name: str, report: ResearchReport) -> None:
    from rich.text import Text

    from truing.report import Column, FittingTable, FoldedText, method_text

    failed = f", {report.failed} of them failed" if report.failed else ""
    families = "family" if len(report.families) == 1 else "families"
    console = output_console()
    console.print(FoldedText(Text(name, "bold")))
    print_text(
        f"{report.spent} of {report.allowed} methods tried{failed}; "
        f"{len(report.families)} {families}, entropy {report.entropy:.1f} bits"
    )
    print_text(f"isolation: {', '.join(report.isolation) or 'no submitted code ran'}")
    if not report.finalists:
        why = "; ".join(f"{reason} ({count} times)" for reason, count in report.failures.items())
        details = f": {why}; truing ledger show DIR prints the details" if why else ""
        nothing = "no method could be scored" if report.spent else "no method was submitted"
        print_text(f"{nothing}{details}\n")
        return
    console.print(_table(report.finalists), "")
    methods = [(str(n), method_text(one)) for n, one in enumerate(report.finalists, 1)]
    console.print(FittingTable([Column(""), Column("method", left=True, fold=True)], methods))
    print_text("")


def _table(finalists: Sequence[ReportedFinalist]) -> FittingTable:
    from truing.report import Column, FittingTable, signed_text
    from truing.research.problems import TIERS

    columns = [Column(""), Column("tier", left=True, fold=True)]
    columns += [Column("gain [95%]"), Column("released"), Column("verdict", left=True)]
    shown = FittingTable(columns)
    for number, one in enumerate(finalists, 1):
        released = "" if one.released is None else f"{one.released:+.2f}"
        sealed = f"{one.verdict}, p {one.p_holm:.2g}"
        alone = "climb tasks only" if one.climb_tasks_only else ""
        rows = [(tier, gain) for tier, gains in one.gains.items() for gain in gains]
        noted = {"climb": (released, ""), "sealed": ("", sealed), "other_tasks": ("", alone)}
        before = ""
        for place, (tier, gain) in enumerate(rows):
            notes = noted[tier] if tier != before else ("", "")
            label = f"{TIERS[tier]}: {Path(gain.task).name}"
            shown.rows.append((str(number) if not place else "", label, signed_text(gain), *notes))
            before = tier
        for tier in ("sealed", "other_tasks"):
            if one.failures[tier]:
                noted_here = alone if tier == "other_tasks" else sealed
                shown.rows.append(("", TIERS[tier], "failed", "", noted_here))
    return shown


def _print_compared(reports: Mapping[str, ResearchReport]) -> None:
    """Print the best finalist of each researcher by sealed gain side by side."""
    from truing.report import Column, FittingTable
    from truing.research import best_finalist
    from truing.research.problems import TIERS

    columns = [Column("best finalist", left=True, fold=True)]
    columns += map(Column, (*TIERS.values(), "released", "found after"))
    shown = FittingTable(columns)
    for name, report in reports.items():
        if report.finalists:
            chosen = best_finalist(report.finalists) or report.finalists[0]
            scores = [_signed(chosen.scores[tier]) for tier in TIERS]
            best = report.progress[-1].best
            after = next(at.evaluations for at in report.progress if at.best == best)
            released = _signed(report.progress[-1].released)
            shown.rows.append((name, *scores, released, str(after)))
    if not shown.rows:
        return
    output_console().print(shown)
    print_text(
        "best finalist: by sealed gain. Scores are means over tasks. found after: number of "
        "methods tried until the best climb score. Each researcher ran once: no interval here "
        "covers the variation between runs; benchmarks/research.py repeats runs.\n"
    )


def _signed(value: float | None) -> str:
    return "" if value is None else f"{value:+.3f}"
