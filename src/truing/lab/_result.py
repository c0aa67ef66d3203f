"""Result of a study."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from truing.calls import checked
from truing.errors import UserError
from truing.exports import Exported, Role, RowLike, export_row
from truing.lab._frame import to_frame
from truing.lab._progress import show_progress
from truing.lab._run_result import RunResult
from truing.lab._select import select_names
from truing.methods import GivenMethods, give_methods
from truing.report import (
    STUDY_SIMULATED,
    Drawing,
    certificate_lines,
    draw_help,
    draw_study,
    notebook_html,
    planted_table,
    shift_table,
    study_table,
    table,
)
from truing.students import StudentsLike, give_students
from truing.studies import (
    HOME,
    Row,
    Store,
    TaskMean,
    Work,
    flat_planted,
    flat_rows,
    means_over_tasks,
)
from truing.supervisors import SupervisorsLike, give_supervisors
from truing.tasks import Tasks, give_tasks
from truing.wording import counted

if TYPE_CHECKING:
    from rich.console import RenderableType

By = Literal["difference", "pgr"]
NAIVE = "naive"
FIRST = "pgr"  # chart that is drawn by default
FIRST_UNDER_SHIFT = "pgr-by-domain"
NOUNS = {"weak": "weak supervisor", "strong": "strong student"}
FIELDS: dict[str, Callable[[object], Sequence[str]]] = {  # names of what a user gives
    "task": give_tasks,
    "weak": give_supervisors,
    "strong": give_students,
    "method": give_methods,
}


@dataclass(frozen=True, repr=False)
class Result(RunResult[Row]):
    """Result of a study.

    `print(result)` prints the table of the command line. In a notebook, the last line of a cell
    displays the comparison with naive training and its verdict, then the PGR of each method; under
    shift also the PGR at home and in each domain.

    Attributes:
        rows: one row per task, supervisor, student and method: its results at home, and under
            `shift` those in other domains.
        work: number of trainings, extractions and reused steps, and seconds.
        folder: the run folder.

    Examples:
        >>> import truing
        >>> study = truing.Study(
        ...     tasks="digits", weak="pca-4", strong="pca-16", methods=["naive", "bootstrap"]
        ... )
        >>> result = truing.run(study)
        >>> [row.method for row in result]
        ['naive', 'bootstrap']
        >>> result.best().method
        'bootstrap'
        >>> len(result.filter(method="naive"))
        1
    """

    rows: tuple[Row, ...]
    work: Work
    folder: Path

    def best(self, by: By | None = None) -> Row:
        """The row with the best method at home. Controls (oracle, shuffled) are left out.

        The value of the best of many methods is too high on average, because part of its advantage
        is luck on these seeds and items. Its interval and verdict do not correct for the choice.
        Score the chosen method again, on other seeds and items, before you report it. In other
        domains another method may be better: `shift.worst` of the row is its worst domain.

        Args:
            by: `difference`, the accuracy difference from naive training at home, which is 0 for
                naive itself; or `pgr`, the PGR at home. By default the difference, or PGR if no
                row has a difference.

        Raises:
            UserError: no row has such a value.
        """
        if by not in (None, "difference", "pgr"):
            raise UserError(f"by must be 'difference' or 'pgr', got {by!r}")
        candidates = [row for row in self.rows if row.control is None]
        by = by or ("difference" if any(row.difference for row in candidates) else "pgr")
        known = [row for row in candidates if _value(row, by) is not None]
        if not known or (by == "difference" and not any(row.difference for row in known)):
            what = {"pgr": "PGR", "difference": "difference from naive"}[by]
            raise UserError(f"no row has a {what}, so there is no best row; controls are left out")
        return max(known, key=lambda row: _value(row, by) or 0.0)

    @property
    def over_tasks(self) -> list[TaskMean]:
        """Mean PGR over tasks of each supervisor, student and method of three or more tasks."""
        return means_over_tasks(self.rows)

    @property
    def domains(self) -> list[Row]:
        """Rows at home and in the domains in one list, each with its `domain` and without `shift`.

        Each row at home is followed by its rows in the domains.
        """
        return flat_rows(self.rows)

    @checked
    def filter(
        self,
        *,
        task: Tasks | None = None,
        weak: SupervisorsLike | None = None,
        strong: StudentsLike | None = None,
        method: GivenMethods | None = None,
    ) -> Result:
        """The result with the rows of some names only.

        Values, verdicts and their Holm correction remain those of the whole study.

        Args:
            task, weak, strong, method: a name as the table shows it, an object that the study was
                given, or a list of these; None for all.

        Raises:
            UnknownNameError: no row has this name.
        """
        wanted = {"task": task, "weak": weak, "strong": strong, "method": method}
        rows = self.rows
        for field, given in wanted.items():
            if given is not None:
                known = [getattr(row, field) for row in self.rows]
                names = select_names(NOUNS.get(field, field), FIELDS[field](given), known)
                rows = tuple(row for row in rows if getattr(row, field) in names)
        return replace(self, rows=rows)

    @checked
    def export(
        self,
        row: RowLike,
        folder: Path | str,
        *,
        role: Role = "student",
        seed: int | None = None,
        labels: bool = False,
        adapter: bool = False,
        push: str | None = None,
        store: Store | None = None,
        progress: bool | None = None,
    ) -> Exported:
        """Export a trained model, or the weak labels, as a folder for Hugging Face libraries.

        The model is trained again, because the weights of a study are not stored.

        Args:
            row: a row, or its number from 1 in the whole study.
            folder: a new or empty folder.
            role: the model of the row: `student`, `ceiling` or `supervisor`.
            seed: a seed of the study; by default its first.
            labels: export the supervisor's labels of the items that the student learned.
            adapter: of a student with `adapter=lora`, export the adapter, not the merged model.
            push: repository of the Hub, OWNER/NAME, to which the folder is uploaded.
            store: store of the study's results; by default `TRUING_STORE` or the user's cache
                folder.
            progress: as for `truing.run`.

        Raises:
            UserError: the folder is not empty, an unknown row, role or seed, a model that cannot
                be exported, results that the store lacks, or no login for a push.
        """
        with show_progress(progress) as watch:
            return export_row(
                self.folder,
                folder,
                row=row,
                role=role,
                seed=seed,
                labels=labels,
                adapter=adapter,
                push=push,
                store=store,
                watch=watch,
            )

    @property
    def planted(self) -> list[dict[str, Any]]:
        """Results on planted labels as flat values, for each row and plant of `Study.stress`."""
        return flat_planted(self.rows)

    def to_pandas(self) -> Any:
        """Data frame with one row per task, supervisor, student, method and domain.

        There is one column per value. The domain of results at home is `home`. Results on planted
        labels are further rows with `plant` and `strength`. The values of single seeds and the
        curves of best-of-n are in results.jsonl.

        Raises:
            UserError: pandas is not installed.
        """
        rows = [_without_seeds(row.to_json()) for row in self.domains]
        return to_frame([*rows, *map(_as_row, self.planted)])

    def _rows(self) -> Sequence[Row]:
        return self.rows

    def _drawings(self) -> Sequence[Drawing]:
        if not self.rows:
            return ()
        drawn = draw_study(self.rows)
        helped = [draw_help(self.rows)] if any(row.help for row in self.rows) else []
        first = FIRST_UNDER_SHIFT if any(row.shift for row in self.rows) else FIRST
        return sorted([*drawn, *helped], key=lambda one: one.name != first)

    def _table(self) -> RenderableType:
        return table(self.rows) if self.rows else "no rows"

    def _repr_html_(self) -> str:
        notes = [STUDY_SIMULATED] if any(row.simulated for row in self.rows) else []
        notes += certificate_lines(self.rows)
        title = f"Weak-to-strong study, {counted(len(self.rows), 'row')}"
        drawings = self._drawings()[:1]
        tables = [study_table(self.rows)]
        if any(row.shift for row in self.rows):
            tables.append(shift_table(self.rows))
        if self.planted:
            tables.append(planted_table(self.rows))
        return notebook_html(title, tables, drawings, self.folder, notes)


def _without_seeds(row: dict[str, Any]) -> dict[str, Any]:
    """JSON values of a row or of a part of it, without values of single seeds and curves."""
    return {
        name: _without_seeds(value) if isinstance(value, dict) else value
        for name, value in row.items()
        if name not in ("by_seed", "best_of_n")
    }


def _as_row(planted: dict[str, Any]) -> dict[str, Any]:
    """A planted row with the names of the columns of other rows."""
    renamed = {
        "accuracy": "transfer_accuracy",
        "accuracy_low": "transfer_low",
        "accuracy_high": "transfer_high",
        "difference": "inheritance_difference",
    }
    return {"domain": HOME, **{renamed.get(name, name): one for name, one in planted.items()}}


def _value(row: Row, by: By | None) -> float | None:
    """The value by which rows are ranked; naive itself has the difference 0."""
    if by == "pgr":
        return row.pgr
    if row.difference is not None:
        return row.difference.value
    return 0.0 if row.method == NAIVE else None
