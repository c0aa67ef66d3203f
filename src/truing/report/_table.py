"""Tables of a study's rows for a terminal of any width."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from truing.measures import on_few_seeds
from truing.report._best_of_n import MEANING, ORACLE, counted_questions, named_curves
from truing.report._certificate import (
    certificate_lines,
    domain_means,
    drop_text,
    places,
    remarks,
    shift_notes,
    with_shift,
)
from truing.report._chosen import chosen_notes, chosen_texts
from truing.report._fit import Column, FittingTable, FoldedText
from truing.report._majority import majority_notes
from truing.report._planted import by_plant, labels_text, planted_notes
from truing.report._texts import (
    TASKS_COVERED,
    by_pair,
    few_seeds_text,
    interval_text,
    mean_sd_text,
    metric_text,
    signed_text,
    tasks_text,
)
from truing.report._up_to_sign import up_to_sign_notes, up_to_sign_texts
from truing.students import HEADS
from truing.studies import (
    DifferenceFromNaive,
    InheritanceDifference,
    Row,
    TaskMean,
    means_over_tasks,
)

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text


DIAGNOSTICS = (
    "Diagnostics are means over seeds, ± their standard deviation: shares of the supervisor's "
    "errors that the student corrected and repeated, chance-adjusted agreement with the "
    "supervisor (CAPA), expected calibration error (ECE), and slack of the misfit bound. "
    "results.jsonl contains all diagnostics, and which of their assumptions are satisfied."
)
EDGES = {
    "l2=auto chose its": "strongest or weakest",
    "learning_rate=auto chose its": "smallest or largest",
}
"""Beginnings of notes on a choice at an edge of a setting's values, with words for the edges."""
SHOWN_DIAGNOSTICS = {
    "corrected": ("error_correction", "corrected"),
    "repeated": ("error_correction", "repeated"),
    "CAPA": ("capa", "value"),
    "ECE": ("calibration", "expected_calibration_error"),
    "slack": ("misfit", "slack"),
}
"""Diagnostics in the table; results.jsonl contains all of them."""


def table(rows: Sequence[Row]) -> RenderableType:
    """One table per task, supervisor and student, followed by notes."""
    from rich.console import Group

    width = max(len(row.method) for row in rows)
    named = any(row.regime != HEADS for row in rows)
    shown: list[RenderableType] = []
    for name, group in by_pair(rows).items():
        shown += [_title(name, group, named), _table(group, width), ""]
        shown += _under_shift(group)
        shown += _planted(group, width)
        if group[0].diagnostics:
            shown += [_diagnostics(group, width), ""]
        if group[0].best_of_n:
            shown += [_best_of_n(group, width), ""]
    shown += _means(rows, width)
    return Group(*shown, *map(FoldedText, _legend(rows)))


def _title(name: str, rows: Sequence[Row], named: bool) -> FoldedText:
    """The pair, the supervisor's metric, if `named` the student's regime, and chosen values."""
    from rich.text import Text

    score = interval_text(rows[0].score("weak"), digits=3)
    below = [*up_to_sign_texts(rows), rows[0].regime if named else "", *chosen_texts(rows)]
    lines = "".join(f"\n{line}" for line in below if line)
    return FoldedText(Text.assemble((name, "bold"), f"   weak {metric_text(rows)} {score}{lines}"))


def _table(rows: Sequence[Row], width: int) -> FittingTable:
    return FittingTable(
        [
            Column("method", left=True, min_width=width, fold=True),
            Column("transfer"),
            Column("ceiling", optional=True),
            Column("PGR [95%]", min_width=21),
            Column("from naive", left=True, min_width=14),
        ],
        [
            (
                row.method,
                f"{row.score('transfer').value:.3f}",
                f"{row.score('ceiling').value:.3f}",
                interval_text(row.recovered),
                _difference(row),
            )
            for row in rows
        ],
    )


def _under_shift(rows: Sequence[Row]) -> list[RenderableType]:
    """The certificate of each method, and PGR, drop and difference from naive by domain."""
    shifted = with_shift(rows)
    if not shifted:
        return []
    columns = [
        Column("under shift", left=True, fold=True),
        Column("PGR [95%]"),
        Column("drop [95%]", optional=True),
        Column("from naive", left=True),
    ]
    lines: list[tuple[Text | str, ...]] = []
    for row in shifted:
        lines.append((row.method, "", "", ""))
        for name, one, drop in places(row):
            texts = interval_text(one.recovered), drop_text(drop)
            lines.append((f" {name}", *texts, _difference(one)))
        lines += [(f" {name}", interval_text(mean), "", "") for name, mean in domain_means(row)]
    named = map(FoldedText, certificate_lines(rows))
    return [FittingTable(columns, lines), "", *named, ""]


def _planted(rows: Sequence[Row], width: int) -> list[RenderableType]:
    """PGR and inheritance of planted errors, by plant and method."""
    columns = [
        Column("planted", left=True, min_width=width + 1, fold=True),
        Column("PGR [95%]"),
        Column("inherited [95%]"),
        Column("from naive", left=True),
    ]
    lines: list[tuple[Text | str, ...]] = []
    for (_, plant), group in by_plant(rows).items():
        lines.append((plant, "", labels_text(group), ""))
        for row, one in group:
            texts = interval_text(one.pgr), interval_text(one.inheritance)
            lines.append((f" {row.method}", *texts, _verdict(one.difference)))
    return [FittingTable(columns, lines), ""] if lines else []


def _means(rows: Sequence[Row], width: int) -> list[RenderableType]:
    """Mean PGR over the tasks of a study, one table per supervisor and student."""
    from rich.text import Text

    groups: dict[str, list[TaskMean]] = {}
    for mean in means_over_tasks(rows):
        groups.setdefault(f"{mean.weak} supervises {mean.strong}", []).append(mean)
    shown: list[RenderableType] = []
    for name, means in groups.items():
        columns = [
            Column("method", left=True, min_width=width, fold=True),
            Column("mean PGR [95%]", min_width=21),
            Column("tasks"),
        ]
        lines = [(mean.method, interval_text(mean.pgr), tasks_text(mean)) for mean in means]
        title = Text(f"mean over tasks: {name}", "bold")
        shown += [FoldedText(title), FittingTable(columns, lines), ""]
    return shown


def _difference(row: Row) -> Text | str:
    """Difference from naive and its verdict, dimmed if it is restricted to one or two seeds."""
    return _verdict(row.difference)


def _verdict(found: DifferenceFromNaive | InheritanceDifference | None) -> Text | str:
    from rich.text import Text

    if found is None:
        return ""
    style = "dim" if on_few_seeds(found.verdict) else ""
    return Text.assemble(f"{found.value:+.3f} ", (found.verdict, style))


def _diagnostics(rows: Sequence[Row], width: int) -> FittingTable:
    columns = [Column("diagnostics", left=True, min_width=width, fold=True)]
    columns += [Column(name) for name in SHOWN_DIAGNOSTICS]
    shown = FittingTable(columns)
    for row in rows:
        known = row.diagnostics or {}
        found = [known[part][name] for part, name in SHOWN_DIAGNOSTICS.values()]
        shown.rows.append((row.method, *map(mean_sd_text, found)))
    return shown


def _best_of_n(rows: Sequence[Row], width: int) -> FittingTable:
    """Truth of the best of n, and its gain at the largest n over a random choice."""
    curves = list(named_curves(rows))
    points = curves[0][1].points
    columns = [Column("best of n", left=True, min_width=width, fold=True)]
    columns += [
        Column(f"n={point.n}", optional=0 < at < len(points) - 1) for at, point in enumerate(points)
    ]
    shown = FittingTable([*columns, Column("gain [95%]")])
    shown.rows.append((ORACLE, *(f"{point.oracle.value:.3f}" for point in points), ""))
    for name, curve in curves:
        values = [f"{point.truth.value:.3f}" for point in curve.points]
        shown.rows.append((name, *values, signed_text(curve.points[-1].gain)))
    return shown


def _short(notes: Iterable[str]) -> list[str]:
    """Distinct remarks of the notes; many choices at an edge of a setting's values are one."""
    remarks = list(dict.fromkeys(one for note in notes for one in note.split("; ")))
    for edge, words in EDGES.items():
        several = [one for one in remarks if one.startswith(edge)]
        if len(several) > 1:
            remarks = [one for one in remarks if one not in several]
            remarks += [f"{edge} {words} value for some models; results.jsonl names them"]
    return remarks


def _legend(rows: Sequence[Row]) -> list[str]:
    first = rows[0]
    items = " and ".join(dict.fromkeys(str(row.n_test) for row in rows))
    seeds = "seed" if first.seeds == 1 else "seeds"
    return [
        f"{first.seeds} {seeds}, {items} test items, {first.baseline} baselines; "
        f"intervals cover {'items only' if first.seeds == 1 else 'seeds and items'}.",
        f"from naive: {metric_text(rows)} difference on the same seeds and items, Holm-corrected "
        f"at 0.05{' over home and domains' if with_shift(rows) else ''}." + few_seeds_text(rows),
        *shift_notes(rows),
        *planted_notes(rows),
        *([TASKS_COVERED] if means_over_tasks(rows) else []),
        *up_to_sign_notes(rows),
        *chosen_notes(rows),
        *majority_notes(rows, hint=True),
        *(f"Note: {note}." for note in _short(remarks(rows))),
        *([DIAGNOSTICS] if first.diagnostics else []),
        *([f"{MEANING} {counted_questions(rows)}"] if first.best_of_n else []),
    ]
