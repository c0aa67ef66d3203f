"""The report of a study: what was asked, what came out, and how sure it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from truing.measures import INCONCLUSIVE, on_few_seeds
from truing.report._figures import few_seeds_text, interval_text, p_text, signed_text
from truing.report.page._around import counted, listed
from truing.report.page._balance_table import balance_table
from truing.report.page._help_chart import draw_help
from truing.report.page._page import Section, Table
from truing.report.page._study_charts import (
    by_pair,
    draw_differences,
    draw_pgr,
    draw_students,
    draw_transfer,
)
from truing.runs import FoundRun, TaskData
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
    "supervisor's errors that the student mended and took over; broken: share of what the "
    "supervisor had right and the student has wrong. CAPA: agreement with the supervisor beyond "
    "chance. misfit and slack: of the bound that the gain be no less than the disagreement. Brier "
    "and ECE: calibration, lower is better."
)
PGR_TOLD = (
    "PGR = (transfer - weak) / (ceiling - weak). The ceiling is the same student trained on the "
    "same items with the truth, under the same budget."
)


class FoundStudy:
    """A study as its folder tells it.

    Args:
        run: the folder; what cannot be read is told in its warnings.
    """

    def __init__(self, run: FoundRun):
        self.run, self.rows = run, run.rows

    @property
    def title(self) -> str:
        """The page's."""
        return f"Weak-to-strong on {listed(self._names('tasks', 'task'), 4)}"

    @property
    def badges(self) -> tuple[str, ...]:
        """What must not be missed."""
        simulated = ("Simulated supervisor",) if any(row.simulated for row in self.rows) else ()
        regimes = dict.fromkeys(row.regime for row in self.rows)
        return (*simulated, *(f"Regime: {one}" for one in regimes))

    @property
    def lead(self) -> tuple[str, ...]:
        """What was asked and what was found, a paragraph each."""
        weak, strong = self._names("weak", "weak"), self._names("strong", "strong")
        methods = self._names("methods", "method")
        seeds = counted(self.rows[0].seeds, "seed") if self.rows else "some seeds"
        asked = (
            f"On {listed(self._names('tasks', 'task'))}, labels of {listed(weak)} trained "
            f"{listed(strong)}, by {counted(len(methods), 'method')}: {listed(methods)}. "
            f"Everything was done for {seeds}, each of which divides the items anew. Asked was how "
            "much of the gap between the weak supervisor and the student's own ceiling the student "
            "recovers (PGR) without ever seeing the truth."
        )
        return (asked, *_found(self.rows))

    @property
    def sections(self) -> Iterator[Any]:
        """What makes each section, so that one that fails leaves the others standing."""
        rows = self.rows
        if not rows:
            return
        yield "transfer", "Transfer", partial(_transfer, self.run)
        yield "recovered", "Gap recovered", partial(_recovered, rows)
        if len({row.strong for row in rows}) > 1:
            yield "students", "By student", partial(_students, rows)
        if any(row.difference for row in rows):
            yield "compared", "Against naive", partial(_compared, rows)
        if any(row.help for row in rows):
            yield "help", "What help is worth", partial(_help, rows)
        if any(row.diagnostics for row in rows):
            yield "diagnostics", "Diagnostics", partial(_diagnostics, rows)

    def _names(self, field: str, own: str) -> list[str]:
        """As the rows show them; where there are none, as they were asked for."""
        shown = list(dict.fromkeys(getattr(row, own) for row in self.rows))
        stated = self.run.configuration.get(field)
        asked = [stated] if isinstance(stated, str) else stated
        return shown or [str(one) for one in (asked if isinstance(asked, list) else ["?"])]


def _found(rows: Sequence[Row]) -> Iterator[str]:
    compared = [row for row in rows if row.difference and not row.control]
    if not rows:
        yield "There are no results to show."
    if compared:
        told = [row.difference.verdict for row in compared]
        yield (
            f"Of {counted(len(told), 'comparison')} with naive training on the same labels, seeds "
            f"and items, {_counted_verdicts(told)} after Holm's correction. (Controls, such as "
            f"oracle and shuffled, are not counted.){few_seeds_text(compared)} "
            f"{_items(rows)}; {rows[0].baseline} baselines."
        )
        for verdict in dict.fromkeys(told):
            if verdict != INCONCLUSIVE:
                yield from _named(compared, verdict)
    if any(row.simulated for row in rows):
        yield (
            "Simulated: a supervisor here is a program that stands in for a model or a person. Its "
            "figures say how the method works on it, and nothing of any real model."
        )


def _counted_verdicts(told: Sequence[str]) -> str:
    """`2 came out better, 0 worse, 1 inconclusive`; each verdict with its restriction."""
    few = [one for one in dict.fromkeys(told) if on_few_seeds(one)]
    names = ["worse", *few, INCONCLUSIVE]
    return f"{told.count('better')} came out better, " + ", ".join(
        f"{told.count(name)} {name}" for name in names
    )


def _items(rows: Sequence[Row]) -> str:
    """The number of test items, of each task where tasks differ."""
    counts = {row.task: row.n_test for row in rows}
    if len(set(counts.values())) == 1:
        return f"{rows[0].n_test:,} test items{' per task' if len(counts) > 1 else ''}"
    return "Test items: " + ", ".join(f"{task} {count:,}" for task, count in counts.items())


def _named(compared: Sequence[Row], verdict: str) -> Iterator[str]:
    """A sentence that names those of a verdict, with the figure; none where there are none."""
    tasks = len({row.task for row in compared}) > 1
    held = [
        f"{row.method} {signed_text(row.difference.value, row.difference.low, row.difference.high)}"
        f" ({row.strong} under {row.weak}{f' on {row.task}' if tasks else ''})"
        for row in compared
        if row.difference.verdict == verdict
    ]
    if held:
        word, _, seeds = verdict.partition(" on ")
        than = f"{word} than naive in accuracy{f' on {seeds}' if seeds else ''}"
        yield f"{than.capitalize()}: {listed(held, 6)}."


def _recovered(rows: Sequence[Row]) -> Section:
    return Section("recovered", "Gap recovered", (PGR_TOLD,), drawings=(draw_pgr(rows),))


def _students(rows: Sequence[Row]) -> Section:
    return Section("students", "By student", drawings=(draw_students(rows),))


def _transfer(run: FoundRun) -> Section:
    shown = []
    for name, held in by_pair(run.rows).items():
        shown.append((name,))
        shown += [_line(row) for row in held]
    columns = ("method", "#weak supervisor", "#transfer", "#ceiling", "#PGR", "#sd over seeds")
    notes = dict.fromkeys(f"{row.note}." for row in run.rows if row.note)
    table = Table(
        "Accuracy on the test items, and PGR, with 95% intervals",
        columns,
        tuple(shown),
        " ".join(notes),
    )
    drawing = draw_transfer(run.rows, chances(run.environment.tasks))
    tables = (
        (table, balance_table(run.rows)) if any(row.class_balance for row in run.rows) else (table,)
    )
    return Section("transfer", "Transfer", drawings=(drawing,), tables=tables)


def chances(tasks: Mapping[str, TaskData]) -> dict[str, float]:
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
    figures = [
        interval_text(*(getattr(row, f"{role}_{part}") for part in ("accuracy", "low", "high")), 3)
        for role in ("weak", "transfer", "ceiling")
    ]
    sd = "" if row.pgr_sd is None else f"{row.pgr_sd:.3f}"
    return (row.method, *figures, interval_text(row.pgr, row.pgr_low, row.pgr_high), sd)


def _compared(rows: Sequence[Row]) -> Section:
    shown = []
    for name, held in by_pair([row for row in rows if row.difference]).items():
        shown.append((name,))
        for row in held:
            d = row.difference
            difference = signed_text(d.value, d.low, d.high)
            shown.append((row.method, difference, p_text(d.p), p_text(d.p_holm), d.verdict))
    table = Table(
        "Accuracy less naive's, on the same seeds and items, with 95% intervals",
        ("method", "#difference", "#p", "#p (Holm)", "verdict"),
        tuple(shown),
        "Intervals and p are of each comparison alone; p (Holm) is corrected over all comparisons "
        "of the study, without controls (such as oracle and shuffled), and decides the verdict "
        f"at 0.05.{few_seeds_text(rows)}",
    )
    heading = "Against naive"
    return Section("compared", heading, drawings=(draw_differences(rows),), tables=(table,))


def _help(rows: Sequence[Row]) -> Section:
    shown = []
    for row in rows:
        if row.help:
            held = (row.help.supervisor, row.help.student)
            gains = [signed_text(gain.value, gain.low, gain.high) for gain in held]
            ps = [p_text(gain.p) for gain in held]
            name = f"{row.weak}, {row.method}"
            shown.append((name, row.help.unaided, gains[0], ps[0], gains[1], ps[1]))
    table = Table(
        "Accuracy with help less without, on the same seeds and items, with 95% intervals",
        ("judge and method", "unaided", "#judge's gain", "#p", "#its student's gain", "#p"),
        tuple(shown),
        "p is of each comparison alone.",
    )
    return Section("help", "What help is worth", drawings=(draw_help(rows),), tables=(table,))


def _diagnostics(rows: Sequence[Row]) -> Section:
    shown: list[tuple[str, ...]] = []
    for name, held in by_pair([row for row in rows if row.diagnostics]).items():
        shown.append((name,))
        for row in held:
            found = [
                row.diagnostics.get(part, {}).get(figure) for part, figure in DIAGNOSTICS.values()
            ]
            shown.append((row.method, *map(_mean_sd, found)))
    heads = ("method", *(f"#{name}" for name in DIAGNOSTICS))
    caption = "How the student differs from its supervisor"
    tables = [Table(caption, heads, tuple(shown), READING)]
    assumed = _assumptions(rows)
    folded = (assumed,) if assumed.rows else ()
    return Section("diagnostics", "Diagnostics", tables=tuple(tables), folded=folded)


def _assumptions(rows: Sequence[Row]) -> Table:
    """What each diagnostic takes for granted, and whether it holds."""
    words = {True: "holds", False: "does not hold", None: "not known"}
    found: dict[tuple[str, str], dict[str, None]] = {}
    for row in rows:
        for name, part in (row.diagnostics or {}).items():
            for one in part.get("assumptions", []):
                holds = words.get(one.get("holds"), "not known")
                found.setdefault((name, str(one.get("assumption"))), {})[holds] = None
    lines = tuple((name, text, " or ".join(held)) for (name, text), held in found.items())
    caption = "What the diagnostics take for granted, and whether it holds"
    return Table(caption, ("diagnostic", "assumption", "here"), lines)


def _mean_sd(figure: Any) -> str:
    if not isinstance(figure, dict) or figure.get("mean") is None:
        return "undefined"
    spread = figure.get("sd")
    return f"{figure['mean']:.3f}" + ("" if spread is None else f" ±{spread:.3f}")
