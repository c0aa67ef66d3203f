"""Report of a study: the question, the results and their uncertainty."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from truing.measures import INCONCLUSIVE, on_few_seeds
from truing.report._best_of_n import ORACLE, counted_questions, named_curves
from truing.report._certificate import compared_rows, with_shift
from truing.report._chosen import chosen_notes, chosen_texts
from truing.report._planted import with_planted
from truing.report._texts import (
    TASKS_COVERED,
    by_pair,
    few_seeds_text,
    interval_text,
    mean_sd_text,
    metric_text,
    p_text,
    signed_text,
    tasks_text,
)
from truing.report._up_to_sign import up_to_sign_notes, up_to_sign_texts
from truing.report.drawing import Drawing
from truing.report.page._around import counted, listed
from truing.report.page._balance_table import balance_table
from truing.report.page._best_of_n_chart import draw_best_of_n
from truing.report.page._help_chart import draw_help
from truing.report.page._page import Recipe, Section, Table
from truing.report.page._planted_section import planted_section
from truing.report.page._shift_chart import draw_domains
from truing.report.page._shift_section import shift_section
from truing.report.page._size_charts import draw_sizes, has_sizes
from truing.report.page._study_charts import (
    draw_differences,
    draw_pgr,
    draw_students,
    draw_transfer,
)
from truing.report.page._study_finding import finding_of, out_of_range, with_difference
from truing.report.page._task_charts import draw_tasks
from truing.runs import FoundRun, TaskData
from truing.studies import HOME, Row, means_over_tasks

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
PGR_DEFINED = (
    "PGR = (transfer - weak) / (ceiling - weak). The ceiling is the same student trained on the "
    "ground truth of the same items under the same budget."
)


class FoundStudy:
    """Report of a study.

    Args:
        run: the run folder; unreadable parts are added to its warnings.
    """

    def __init__(self, run: FoundRun):
        self.run, self.rows = run, run.rows

    @property
    def title(self) -> str:
        """Title of the page."""
        return f"Weak-to-strong on {listed(self._names('tasks', 'task'), 4)}"

    @property
    def badges(self) -> tuple[str, ...]:
        """Labels below the title."""
        simulated = ("Simulated supervisor",) if any(row.simulated for row in self.rows) else ()
        regimes = dict.fromkeys(row.regime for row in self.rows)
        planted = ("Planted errors: model organisms",) if with_planted(self.rows) else ()
        return (*simulated, *planted, *(f"Regime: {one}" for one in regimes))

    @property
    def finding(self) -> tuple[str, ...]:
        """The main result in one or two sentences."""
        return finding_of(self.rows) or ("There are no results to show.",)

    @property
    def chart(self) -> Drawing | None:
        """PGR by method; for a study of help its effect, and under shift PGR by domain."""
        if any(row.help for row in self.rows):
            return draw_help(self.rows)
        if with_shift(self.rows):
            return draw_domains(self.rows)
        return draw_pgr(self.rows) if self.rows else None

    @property
    def lead(self) -> tuple[str, ...]:
        """The question, and all verdicts."""
        weak, strong = self._names("weak", "weak"), self._names("strong", "strong")
        methods = self._names("methods", "method")
        seeds = counted(self.rows[0].seeds, "random split") + " (one per seed)" if self.rows else ""
        question = (
            f"Question: how much of the {metric_text(self.rows)} gap between the weak supervisor "
            "and the ceiling "
            "does the student recover from weak labels alone (PGR)? "
            f"{_labeled('Task', self._names('tasks', 'task'))}. "
            f"{_labeled('Weak supervisor', weak)}. {_labeled('Student', strong)}. "
            f"{_labeled('Method', methods)}. {f'Results over {seeds}.' if seeds else ''}"
        )
        return (question.rstrip(), *_found(self.rows))

    @property
    def sections(self) -> Iterator[Recipe]:
        """The sections; each may fail without the others."""
        rows = self.rows
        if not rows:
            return
        helped = any(row.help for row in rows)
        if shifted := with_shift(rows):
            yield "shift", "Under shift", partial(shift_section, rows, drawn=not helped)
        if with_planted(rows):
            yield "planted", "Planted errors", partial(planted_section, rows)
        yield "results", "Results by method", partial(_results, self.run)
        yield "transfer", "Transfer", partial(_transfer, self.run)
        if helped or shifted:
            yield "recovered", "Gap recovered", partial(_recovered, rows)
        if len({row.task for row in rows}) > 1:
            yield "tasks", "By task", partial(_tasks, rows)
        if len({row.strong for row in rows}) > 1:
            yield "students", "By student", partial(_students, rows)
        if has_sizes(rows):
            yield "sizes", "By size of the student", partial(_sizes, rows)
        if any(row.difference for row in rows):
            yield "compared", "Difference from naive", partial(_compared, rows)
        if helped:
            yield "help", "Effect of help", partial(_help, rows)
        if any(row.best_of_n for row in rows):
            yield "best-of-n", "Best of n", partial(_best_of_n, rows)
        if any(row.diagnostics for row in rows):
            yield "diagnostics", "Diagnostics", partial(_diagnostics, rows)

    def _names(self, field: str, own: str) -> list[str]:
        """Names in the rows; without rows, the names in the configuration."""
        shown = list(dict.fromkeys(getattr(row, own) for row in self.rows))
        stated = self.run.configuration.get(field)
        asked = [stated] if isinstance(stated, str) else stated
        return shown or [str(one) for one in (asked if isinstance(asked, list) else ["not stated"])]


def _labeled(label: str, names: Sequence[str]) -> str:
    """`Task: digits`, `Tasks: digits and faces`."""
    return f"{label}{'' if len(names) == 1 else 's'}: {listed(names)}"


def _found(rows: Sequence[Row]) -> Iterator[str]:
    compared = [row for row in rows if row.difference and not row.control]
    if compared:
        yield (
            f"Compared with naive training: {_all_verdicts(compared)}. Comparisons are on the "
            "same labels, seeds and items. Controls, such as oracle and shuffled, are not counted."
            f"{few_seeds_text(compared)} {_items(rows)}; {rows[0].baseline} baselines."
        )
        verdicts = [difference.verdict for _, difference in with_difference(compared)]
        for verdict in dict.fromkeys(verdicts):
            if verdict != INCONCLUSIVE:
                yield from _named(compared, verdict)
    if any(row.simulated for row in rows):
        yield (
            "Simulated: a program takes the place of a model or a person as supervisor. The "
            "results show how the methods work on it and say nothing about real models."
        )


def _all_verdicts(compared: Sequence[Row]) -> str:
    """Numbers of verdicts and of comparisons; under shift, at home and in domains."""
    every = compared_rows(compared)
    verdicts = [difference.verdict for _, difference in with_difference(compared)]
    number = f"({counted(len(every), 'comparison')}, Holm-corrected)"
    if not with_shift(compared):
        return f"{_counted_verdicts(verdicts)} {number}"
    there = [one for one in every if one.domain != HOME]
    others = _counted_verdicts([difference.verdict for _, difference in with_difference(there)])
    return f"{_counted_verdicts(verdicts)} at home, and {others} in domains {number}"


def _counted_verdicts(verdicts: Sequence[str]) -> str:
    """`2 better, 0 worse, 1 inconclusive`; verdicts on one or two seeds are counted apart."""
    few = [one for one in dict.fromkeys(verdicts) if on_few_seeds(one)]
    names = ["better", "worse", *few, INCONCLUSIVE]
    return ", ".join(f"{verdicts.count(name)} {name}" for name in names)


def _items(rows: Sequence[Row]) -> str:
    """The number of test items, by task if tasks differ."""
    counts = {row.task: row.n_test for row in rows}
    if len(set(counts.values())) == 1:
        return f"{rows[0].n_test:,} test items{' per task' if len(counts) > 1 else ''}"
    return "Test items: " + ", ".join(f"{task} {count:,}" for task, count in counts.items())


def _named(compared: Sequence[Row], verdict: str) -> Iterator[str]:
    """A sentence that lists the methods with a verdict and their differences, if any."""
    tasks = len({row.task for row in compared}) > 1
    named = [
        f"{row.method} {signed_text(one)}"
        f" ({row.strong} under {row.weak}{f' on {row.task}' if tasks else ''})"
        for row, one in with_difference(compared)
        if one.verdict == verdict
    ]
    if named:
        word, _, seeds = verdict.partition(" on ")
        than = f"than naive in {metric_text(compared)}{f' on {seeds}' if seeds else ''}"
        yield f"{word.capitalize()} {than}: {listed(named, 6)}."


def _recovered(rows: Sequence[Row]) -> Section:
    return Section("recovered", "Gap recovered", drawings=(draw_pgr(rows),))


def _tasks(rows: Sequence[Row]) -> Section:
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


def _sizes(rows: Sequence[Row]) -> Section:
    return Section("sizes", "By size of the student", drawings=tuple(draw_sizes(rows)))


def _students(rows: Sequence[Row]) -> Section:
    return Section("students", "By student", drawings=(draw_students(rows),))


def _results(run: FoundRun) -> Section:
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


def _transfer(run: FoundRun) -> Section:
    drawing = draw_transfer(run.rows, chance_accuracies(run.environment.tasks))
    balanced = any(row.class_balance for row in run.rows)
    tables = (balance_table(run.rows),) if balanced else ()
    return Section("transfer", "Transfer", drawings=(drawing,), tables=tables)


def chance_accuracies(tasks: Mapping[str, TaskData]) -> dict[str, float]:
    """Chance accuracy by task: stored, or 1 / choices in folders that store no chance accuracy."""
    found = {name: _chance(one) for name, one in tasks.items()}
    known = {name: chance for name, chance in found.items() if chance is not None}
    # Rows may name a file without its folder.
    return known | {name.rpartition("/")[2]: chance for name, chance in known.items()}


def _chance(data: TaskData) -> float | None:
    if data.chance is not None and 0 < data.chance < 1:
        return data.chance
    return 1 / data.choices if data.choices is not None and data.choices > 1 else None


def _line(row: Row) -> tuple[str, ...]:
    texts = [interval_text(row.score(role), 3) for role in ("transfer", "weak", "ceiling")]
    sd = "" if row.pgr_sd is None else f"{row.pgr_sd:.3f}"
    return (row.method, interval_text(row.recovered), *texts, sd)


def _compared(rows: Sequence[Row]) -> Section:
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


def _help(rows: Sequence[Row]) -> Section:
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


def _best_of_n(rows: Sequence[Row]) -> Section:
    known = [row for row in rows if row.best_of_n]
    tables = tuple(_best_of_n_table(name, group) for name, group in by_pair(known).items())
    return Section("best-of-n", "Best of n", drawings=(draw_best_of_n(rows),), tables=tables)


def _best_of_n_table(name: str, rows: Sequence[Row]) -> Table:
    curves = list(named_curves(rows))
    points = curves[0][1].points
    shown = [
        ("KL (nats)", *(f"{point.kl:.2f}" for point in points)),
        (ORACLE, *(interval_text(point.oracle, 3) for point in points)),
        *(
            (series, *(interval_text(point.truth, 3) for point in curve.points))
            for series, curve in curves
        ),
    ]
    heads = ("", *(f"#n = {point.n}" for point in points))
    caption = f"Right answers of the best of n, with 95% intervals: {name}"
    return Table(caption, heads, tuple(shown), counted_questions(rows))


def _diagnostics(rows: Sequence[Row]) -> Section:
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
