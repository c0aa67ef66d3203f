"""Section on the capability gate: which methods it let through."""

from __future__ import annotations

from collections.abc import Mapping

from truing.given import shown
from truing.report._texts import p_text, signed_text
from truing.report.page._page import Section, Table
from truing.research import ReportedGate, ResearchReport
from truing.research.gate import count_outcomes
from truing.wording import counted

HEADS = (
    "submission",
    "researcher",
    "method",
    "gate",
    "#climb gain",
    "task",
    "#difference",
    "#p (Holm)",
)
NOTE = (
    "Difference: accuracy on the battery minus that of naive training, both taught with the ground "
    "truth, on the same seeds and items; 95% intervals. passed: no loss is shown, and the lower "
    "end of each interval is above -margin. failed: a loss is shown (p below 0.05, Holm-corrected "
    "over the tasks), the upper end of an interval is below -margin, or the method could not be "
    "run. inconclusive: neither. Only methods that passed are released and finalists."
)


def gate_section(reports: Mapping[str, ResearchReport]) -> Section:
    """The section on the gate of one or several ledgers."""
    found = [(one, report) for report in reports.values() for one in report.gate]
    counts = count_outcomes(one for one, _ in found)
    margin = found[0][0].result.margin
    text = (
        f"{counted(len(found), 'submission')} reached the capability gate: {counts}. A method that "
        "loses capability on a fixed battery of tasks does not pass. The largest loss that may "
        f"remain unseen (margin) is {margin:g}. The gate ran before a score was released, and at "
        "the end on candidates for finalists."
    )
    rows = tuple(row for one, report in found for row in _rows(one, report))
    table = Table("Results of the capability gate", HEADS, rows, NOTE)
    return Section("gate", "Capability gate", (text,), tables=(table,))


def _rows(one: ReportedGate, report: ResearchReport) -> list[tuple[str, ...]]:
    """One row for each task of the battery; one row if the method could not be run there."""
    by = shown(one.researcher, report.researchers)
    own = (str(one.submission), by, one.method, one.result.outcome, signed_text(one.gain))
    if not one.result.differences:
        return [(*own, "could not be run", "", "")]
    pairs = zip(one.result.differences, one.result.p_holm, strict=True)
    return [(*own, gain.task, signed_text(gain), p_text(p)) for gain, p in pairs]
