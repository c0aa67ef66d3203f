"""Report of a study: the question, the results and their uncertainty."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from truing.report._certificate import with_shift
from truing.report._planted import with_planted
from truing.report._texts import metric_text
from truing.report.drawing import Drawing
from truing.report.page._best_of_n_section import best_of_n_section
from truing.report.page._diagnostics_section import diagnostics_section
from truing.report.page._help_chart import draw_help
from truing.report.page._page import Recipe, Section
from truing.report.page._planted_section import planted_section
from truing.report.page._shift_chart import draw_domains
from truing.report.page._shift_section import shift_section
from truing.report.page._size_charts import draw_sizes, has_sizes
from truing.report.page._study_charts import draw_pgr, draw_students
from truing.report.page._study_finding import finding_of
from truing.report.page._study_tables import (
    differences_section,
    help_section,
    results_section,
    tasks_section,
)
from truing.report.page._study_verdicts import verdict_sentences
from truing.report.page._transfer_section import transfer_section
from truing.runs import FoundRun
from truing.studies import Row
from truing.wording import counted, listed


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
        return (question.rstrip(), *verdict_sentences(self.rows))

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
        yield "results", "Results by method", partial(results_section, self.run)
        yield "transfer", "Transfer", partial(transfer_section, self.run)
        if helped or shifted:
            yield "recovered", "Gap recovered", partial(_recovered, rows)
        if len({row.task for row in rows}) > 1:
            yield "tasks", "By task", partial(tasks_section, rows)
        if len({row.strong for row in rows}) > 1:
            yield "students", "By student", partial(_students, rows)
        if has_sizes(rows):
            yield "sizes", "By size of the student", partial(_sizes, rows)
        if any(row.difference for row in rows):
            yield "compared", "Difference from naive", partial(differences_section, rows)
        if helped:
            yield "help", "Effect of help", partial(help_section, rows)
        if any(row.best_of_n for row in rows):
            yield "best-of-n", "Best of n", partial(best_of_n_section, rows)
        if any(row.diagnostics for row in rows):
            yield "diagnostics", "Diagnostics", partial(diagnostics_section, rows)

    def _names(self, field: str, own: str) -> list[str]:
        """Names in the rows; without rows, the names in the configuration."""
        shown = list(dict.fromkeys(getattr(row, own) for row in self.rows))
        stated = self.run.configuration.get(field)
        asked = [stated] if isinstance(stated, str) else stated
        return shown or [str(one) for one in (asked if isinstance(asked, list) else ["not stated"])]


def _labeled(label: str, names: Sequence[str]) -> str:
    """`Task: digits`, `Tasks: digits and faces`."""
    return f"{label}{'' if len(names) == 1 else 's'}: {listed(names)}"


def _recovered(rows: Sequence[Row]) -> Section:
    return Section("recovered", "Gap recovered", drawings=(draw_pgr(rows),))


def _sizes(rows: Sequence[Row]) -> Section:
    return Section("sizes", "By size of the student", drawings=tuple(draw_sizes(rows)))


def _students(rows: Sequence[Row]) -> Section:
    return Section("students", "By student", drawings=(draw_students(rows),))
