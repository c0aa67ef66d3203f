"""Section of a study with diagnostics of its students, and the state of their assumptions."""

from __future__ import annotations

from collections.abc import Sequence

from truing.report._texts import by_pair, mean_sd_text
from truing.report.page._page import Section, Table
from truing.studies import Row

DIAGNOSTICS = {
    "corrected": ("error_correction", "corrected"),
    "repeated": ("error_correction", "repeated"),
    "broken": ("error_correction", "broken"),
    "CAPA": ("capa", "value"),
    "misfit": ("misfit", "misfit"),
    "slack": ("misfit", "slack"),
    "Brier": ("calibration", "brier"),
    "ECE": ("calibration", "expected_calibration_error"),
}
READING = (
    "Means over seeds, ± their standard deviation. corrected and repeated: shares of the "
    "supervisor's errors that the student corrected and repeated; broken: share of the "
    "supervisor's right answers on which the student is wrong. CAPA: chance-adjusted agreement of "
    "the errors of student and supervisor. misfit: mean divergence of the student from the "
    "supervisor; slack: gain in squared loss minus misfit, not below 0 if the assumptions are "
    "satisfied. Brier and ECE (expected calibration error): calibration, lower is better."
)


def diagnostics_section(rows: Sequence[Row]) -> Section:
    """Diagnostics of each method, and whether their assumptions are satisfied."""
    shown: list[tuple[str, ...]] = []
    for name, group in by_pair([row for row in rows if row.diagnostics]).items():
        shown.append((name,))
        for row in group:
            known = row.diagnostics or {}
            found = [known.get(part, {}).get(value) for part, value in DIAGNOSTICS.values()]
            shown.append((row.method, *(mean_sd_text(one, 3) for one in found)))
    heads = ("method", *(f"#{name}" for name in DIAGNOSTICS))
    caption = "Diagnostics of the student and its supervisor"
    tables = (Table(caption, heads, tuple(shown), READING), _assumptions(rows))
    filled = tuple(table for table in tables if table.rows)
    return Section("diagnostics", "Diagnostics", tables=filled)


def _assumptions(rows: Sequence[Row]) -> Table:
    """Table of the assumptions of each diagnostic, and whether they are satisfied."""
    words = {True: "satisfied", False: "not satisfied", None: "unknown"}
    found: dict[tuple[str, str], dict[str, None]] = {}
    for row in rows:
        for name, part in (row.diagnostics or {}).items():
            for one in part.get("assumptions", []):
                holds = words.get(one.get("holds"), "unknown")
                found.setdefault((name, str(one.get("assumption"))), {})[holds] = None
    lines = tuple((name, text, " or ".join(answers)) for (name, text), answers in found.items())
    caption = "Assumptions of the diagnostics"
    return Table(caption, ("diagnostic", "assumption", "in this study"), lines)
