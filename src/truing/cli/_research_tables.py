"""Tables of `truing research`: the finalists of each researcher, and the first of each."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from truing.report import FittingTable
    from truing.research import ReportedFinalist, ResearchReport
    from truing.research.problems import Gain

WIDE = 72  # characters per line of text below the tables


def print_reports(reports: Mapping[str, ResearchReport]) -> None:
    from rich.console import Console

    console = Console(width=None if sys.stdout.isatty() else 80, highlight=False)
    for name, report in reports.items():
        _print_report(console, name, report)
    if len(reports) > 1:
        _print_compared(console, reports)
    console.print(
        "gain: accuracy difference from the baseline on the same seeds and items, with 95% "
        "intervals, not corrected. verdict: on the sealed gain, Holm-corrected over all "
        "submitted methods. released: the score that the referee released, if any."
    )


def _print_report(console: Console, name: str, report: ResearchReport) -> None:
    from rich.text import Text

    failed = f", {report.failed} of them failed" if report.failed else ""
    families = "family" if len(report.families) == 1 else "families"
    console.print(Text(name, "bold"))
    console.print(
        f"{report.spent} of {report.config.budget.each} methods tried{failed}; "
        f"{len(report.families)} {families}, entropy {report.entropy:.1f} bits"
    )
    levels = ", ".join(report.isolation)
    console.print(f"isolation: {levels or 'not needed (compositions only)'}")
    if not report.finalists:
        why = "; ".join(f"{reason} ({count} times)" for reason, count in report.failures.items())
        details = f": {why}; truing ledger show DIR prints the details" if why else ""
        console.print(Text(f"no method could be scored{details}\n"))
        return
    console.print(_table(report.finalists))
    for number, one in enumerate(report.finalists, 1):
        console.print(Text(_indented(number, one.content or f"a file: {one.claim}")))
    console.print()


def _table(finalists: Sequence[ReportedFinalist]) -> FittingTable:
    from truing.report import Column, FittingTable

    columns = [Column("")]
    columns += [
        Column(name, left=name != "released")
        for name in ("tier", "gain [95%]", "released", "verdict")
    ]
    shown = FittingTable(columns)
    for number, one in enumerate(finalists, 1):
        released = "" if one.released is None else f"{one.released:+.2f}"
        sealed = f"{one.verdict}, p {one.p_holm:.2g}"
        alone = "climbs without transfer" if one.climbs_without_transfer else ""
        rows = [(tier, gain) for tier, gains in one.gains.items() for gain in gains]
        noted = {"climb": (released, ""), "sealed": ("", sealed), "transfer": ("", alone)}
        before = ""
        for place, (tier, gain) in enumerate(rows):
            notes = noted[tier] if tier != before else ("", "")
            label = f"{tier} {Path(gain.task).name}"[:28]
            shown.rows.append((str(number) if not place else "", label, _interval(gain), *notes))
            before = tier
        for tier in ("sealed", "transfer"):
            if one.failures[tier]:
                noted_here = alone if tier == "transfer" else sealed
                shown.rows.append(("", tier, "failed", "", noted_here))
    return shown


def _print_compared(console: Console, reports: Mapping[str, ResearchReport]) -> None:
    """Print the first finalist of each researcher side by side."""
    from rich.table import Table

    shown = Table(box=None, pad_edge=False)
    for column in ("best finalist", "climb", "sealed", "transfer", "released", "found after"):
        shown.add_column(column, justify="left" if column == "best finalist" else "right")
    for name, report in reports.items():
        if report.finalists:
            first = report.finalists[0]
            scores = [_signed(first.scores[tier]) for tier in ("climb", "sealed", "transfer")]
            best = report.progress[-1].best
            after = next(at.evaluations for at in report.progress if at.best == best)
            shown.add_row(name, *scores, _signed(report.progress[-1].released), str(after))
    if not shown.row_count:
        return
    console.print(shown)
    console.print(
        "Scores are means over tasks. found after: number of methods tried until the best climb "
        "score. Each researcher ran once: no interval here covers the variation between runs; "
        "benchmarks/research.py repeats runs.\n"
    )


def _indented(number: int, text: str) -> str:
    """Break a method's specification into lines after commas."""
    lines = [""]
    for part in text.replace(",", ",\0").split("\0"):
        if lines[-1] and len(lines[-1]) + len(part) > WIDE:
            lines.append("")
        lines[-1] += part
    return "\n".join(f"{str(number) if not at else '':>2} {one}" for at, one in enumerate(lines))


def _interval(gain: Gain) -> str:
    return f"{gain.value:+.3f} [{gain.low:+.3f}, {gain.high:+.3f}]"


def _signed(value: float | None) -> str:
    return "" if value is None else f"{value:+.3f}"
