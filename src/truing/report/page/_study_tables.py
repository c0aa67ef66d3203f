"""Sections of a study with tables: results, differences from naive, effect of help, by task."""

from __future__ import annotations

from collections.abc import Sequence

from truing.report._chosen import chosen_notes, chosen_texts
from truing.report._texts import (
    TASKS_COVERED,
    by_pair,
    few_seeds_text,
    interval_text,
    metric_text,
    p_text,
    signed_text,
    tasks_text,
)
from truing.report._up_to_sign import up_to_sign_notes, up_to_sign_texts
from truing.report.page._page import Section, Table
from truing.report.page._study_charts import draw_differences
from truing.report.page._study_finding import out_of_range, with_difference
from truing.report.page._task_charts import draw_tasks
from truing.runs import FoundRun
from truing.studies import Row, means_over_tasks

PGR_DEFINED = (
    "PGR = (transfer - weak) / (ceiling - weak). The ceiling is the same student trained on the "
    "ground truth of the same items under the same budget."
)


def results_section(run: FoundRun) -> Section:
    """PGR and accuracies of all methods; controls and values out of range are listed."""
    shown: list[tuple[str, ...]] = []
    columns = ("method", "#PGR", "#transfer", "#weak supervisor", "#ceiling", "#SD of PGR")
    for name, group in by_pair(run.rows).items():
        shown.append(("; ".join([name, *up_to_sign_texts(group), *chosen_texts(group)]),))
        shown += [_line(row) for row in group]
    notes = dict.fromkeys(f"{row.note}." for row in run.rows if row.note)
    caption = f"PGR, and {metric_text(run.rows)} on the test items, with 95% intervals"
    table = Table(caption, columns, tuple(shown), " ".join(notes))
    points = out_of_range(run.rows)
    lead = ("Controls, and methods whose PGR is undefined, below 0 or above 1:",) if points else ()
    heading = "Results by method"
    return Section(
        "results",
        heading,
        (PGR_DEFINED, *up_to_sign_notes(run.rows), *chosen_notes(run.rows), *lead),
        points=points,
        tables=(table,),
    )


def _line(row: Row) -> tuple[str, ...]:
    texts = [interval_text(row.score(role), 3) for role in ("transfer", "weak", "ceiling")]
    sd = "" if row.pgr_sd is None else f"{row.pgr_sd:.3f}"
    return (row.method, interval_text(row.recovered), *texts, sd)


def differences_section(rows: Sequence[Row]) -> Section:
    """Differences from naive training, with p-values and verdicts."""
    shown: list[tuple[str, ...]] = []
    for name, group in by_pair([row for row in rows if row.difference]).items():
        shown.append((name,))
        for row, d in with_difference(group):
            ps = p_text(d.p), p_text(d.p_holm)
            shown.append((row.method, signed_text(d), *ps, d.verdict))
    table = Table(
        f"{metric_text(rows, starts=True)} difference from naive on the same seeds and items, with "
        "95% intervals",
        ("method", "#difference", "#p", "#p (Holm)", "verdict"),
        tuple(shown),
        "Intervals and p are not corrected; p (Holm) is corrected over all comparisons of the "
        "study, without controls (such as oracle and shuffled), and decides the verdict "
        f"at 0.05.{few_seeds_text(rows)}",
    )
    heading = "Difference from naive"
    return Section("compared", heading, drawings=(draw_differences(rows),), tables=(table,))


def help_section(rows: Sequence[Row]) -> Section:
    """Effect of help on the judge and on the student."""
    shown = []
    for row in rows:
        if row.help:
            effects = (row.help.supervisor, row.help.student)
            gains = [signed_text(gain) for gain in effects]
            ps = [p_text(gain.p) for gain in effects]
            name = f"{row.weak}, {row.method}"
            shown.append((name, row.help.unaided, gains[0], ps[0], gains[1], ps[1]))
    table = Table(
        f"{metric_text(rows, starts=True)} with help minus without, on the same seeds and items, "
        "with 95% intervals",
        ("judge and method", "unaided", "#judge's gain", "#p", "#student's gain", "#p"),
        tuple(shown),
        "p is not corrected for the number of comparisons.",
    )
    return Section("help", "Effect of help", tables=(table,))


def tasks_section(rows: Sequence[Row]) -> Section:
    """PGR by task, and its mean over tasks."""
    shown: list[tuple[str, ...]] = []
    pair = ""
    for mean in means_over_tasks(rows):
        name = f"{mean.weak} supervises {mean.strong}"
        shown += [(name,)] if name != pair else []
        shown.append((mean.method, interval_text(mean.pgr), tasks_text(mean)))
        pair = name
    columns = ("method", "#mean PGR", "#tasks")
    tables = (Table("Mean PGR over tasks", columns, tuple(shown), TASKS_COVERED),) if shown else ()
    return Section("tasks", "By task", drawings=(draw_tasks(rows),), tables=tables)
