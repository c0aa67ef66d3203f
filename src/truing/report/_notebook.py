"""HTML of a result for notebooks: a table with the comparisons and their verdicts, then a chart."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from pathlib import Path

from truing.errors import UserError
from truing.given import shown
from truing.report._protocol_rows import ProtocolRow
from truing.report._research_summary import method_text
from truing.report._texts import by_pair, interval_text, metric_text, signed_text
from truing.report.drawing import Drawing
from truing.report.page import Table, environment, make_page
from truing.research import ResearchReport
from truing.runs import find_run
from truing.studies import Row

STUDY_SIMULATED = "Simulated: a program takes the place of a model or a person as supervisor."
RESEARCH_SIMULATED = (
    "Simulated: a program takes the place of a model as judge, debater, supervisor or agent, or "
    "questions were generated."
)
GAME_SIMULATED = "Simulated: every player of a game is a program."
OVERSIGHT_SIMULATED = "Simulated: embedded agents or generated questions took part."


def notebook_html(
    title: str,
    tables: Sequence[Table],
    drawings: Sequence[Drawing],
    folder: Path,
    notes: Sequence[str] = (),
) -> str:
    """HTML of a result: title, notes, tables, charts and the run folder. All content is escaped."""
    template = environment().get_template("notebook.html")
    charts = [(one, image_source(one)) for one in drawings if one.subplots]
    return template.render(title=title, tables=tables, charts=charts, folder=folder, notes=notes)


def folder_drawings(folder: Path) -> list[Drawing]:
    """The charts of the report of a run folder; none if the folder no longer contains a run."""
    try:
        return make_page(find_run(folder)).drawings
    except UserError:
        return []


def image_source(drawing: Drawing) -> str:
    """The chart as a `data:` address of an image, which loads nothing and runs no script."""
    return f"data:image/svg+xml;base64,{base64.b64encode(drawing.svg.encode()).decode()}"


def study_table(rows: Sequence[Row]) -> Table:
    """Comparison with naive and its verdict, transfer accuracy and PGR of each method."""
    compared = any(row.difference for row in rows)
    columns = ("method", "#difference from naive", "verdict") if compared else ("method",)
    lines: list[tuple[str, ...]] = []
    for name, group in by_pair(rows).items():
        lines.append((name,))
        methods = [row.method for row in group]
        for row in group:
            found = row.difference
            texts = (signed_text(found), found.verdict) if found else ("", "")
            transfer = interval_text(row.score("transfer"), 3)
            own = (*(texts if compared else ()), transfer, interval_text(row.recovered))
            lines.append((shown(row.method, methods), *own))
    metric = metric_text(rows)
    note = (
        f"Difference: {metric} minus that of naive training on the same seeds and items. Verdicts "
        "are Holm-corrected over all comparisons of the study."
    )
    return Table(
        "Results with 95% intervals",
        (*columns, f"#transfer {metric}", "#PGR"),
        tuple(lines),
        note if compared else "",
    )


def research_table(reports: Mapping[str, ResearchReport]) -> Table:
    """Verdict on each finalist, and its mean gain on each tier."""
    lines: list[tuple[str, ...]] = []
    for name, report in reports.items():
        lines.append((shown(name, reports),))
        for one in report.finalists:
            scores = [one.scores[tier] for tier in ("sealed", "climb", "other_tasks")]
            gains = ["" if score is None else signed_text(score) for score in scores]
            lines.append((method_text(one), one.verdict, *gains))
    return Table(
        "Finalists",
        ("method", "verdict", "#sealed gain", "#climb gain", "#gain on other tasks"),
        tuple(lines),
        "Gain: accuracy minus that of the baseline, mean over tasks. The verdict is on the sealed "
        "gain, Holm-corrected over all submitted methods.",
    )


def protocol_table(rows: Sequence[ProtocolRow], blind: str = "blind") -> Table:
    """Difference from the blind judge and its verdict, and the accuracy under each protocol."""
    compared = any(row.difference for row in rows)
    columns = (f"#difference from {blind}", "verdict") if compared else ()
    labels = [row.protocol for row in rows]
    lines: list[tuple[str, ...]] = []
    judge = None
    for row in rows:
        if row.judge != judge:
            judge = row.judge
            lines.append((f"judged by {judge}",))
        texts = (signed_text(row.difference), row.verdict) if row.difference else ("", "")
        accuracy = interval_text(row.accuracy)
        name = shown(row.protocol, labels) + (f" by {row.agent}" if row.agent else "")
        lines.append((name, *(texts if compared else ()), accuracy, f"{row.questions}"))
    note = (
        f"Difference: accuracy minus that of {blind} on the same questions. Verdicts are "
        "Holm-corrected over all comparisons of the run."
    )
    return Table(
        "Accuracy of the judge with 95% intervals",
        ("protocol", *columns, "#accuracy", "#questions"),
        tuple(lines),
        note if compared else "",
    )
