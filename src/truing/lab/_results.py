"""Results of runs, as Python and a notebook show them: a table, a chart, and data frames."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from truing.errors import UserError
from truing.oversight import JudgementRow, Overseen
from truing.oversight.games import Outcome
from truing.report import draw_finalists, show
from truing.research import ResearchReport
from truing.studies import Row, Work


@dataclass(frozen=True)
class Result:
    """A study's rows, the work that it took, and its run folder."""

    rows: tuple[Row, ...]
    work: Work
    folder: Path

    def to_pandas(self) -> Any:
        """A row for each task, supervisor, student and method, one column a figure.

        What each seed alone came to is in results.jsonl.

        Raises:
            UserError: pandas is not installed.
        """
        held = [row.to_json() for row in self.rows]
        return to_frame({k: v for k, v in row.items() if k != "by_seed"} for row in held)

    def _repr_html_(self) -> str | None:
        return show(self.folder)


class OversightResult(NamedTuple):
    """The judgements and transcripts of a run of oversight, and its run folder."""

    overseen: Overseen
    folder: Path

    def to_pandas(self) -> Any:
        """A row for each verdict: what was recorded, and whether it was `right`.

        A tie for the highest belief is wrong; a verdict that could not be read is none.

        Raises:
            UserError: pandas is not installed.
        """
        return to_frame(row.to_json() | {"right": _is_right(row)} for row in self.overseen.records)

    def _repr_html_(self) -> str | None:
        return show(self.folder)


class ResearchResult(NamedTuple):
    """The report of each researcher by its name, and the run folder."""

    reports: Mapping[str, ResearchReport]
    folder: Path

    def to_pandas(self) -> Any:
        """A row for each finalist, tier and task: its gain with its 95% interval.

        Raises:
            UserError: pandas is not installed.
        """
        told = {name: report.to_json() for name, report in self.reports.items()}
        return to_frame(
            {
                "researcher": row["researcher"],
                "place": int(row["row"]),
                "tier": row["series"].partition(": ")[0],
                "task": row["series"].partition(": ")[2],
                "gain": row["value"],
                "gain_low": row["low"],
                "gain_high": row["high"],
            }
            for row in draw_finalists(told).rows
        )

    def _repr_html_(self) -> str | None:
        return show(self.folder)


class PlayedGame(NamedTuple):
    """A game's outcome, the JSON values that state it, and the run folder."""

    outcome: Outcome
    stated: Mapping[str, Any]
    folder: Path

    def _repr_html_(self) -> str | None:
        return show(self.folder)


def to_frame(rows: Iterable[Mapping[str, Any]]) -> Any:
    """Rows as a tidy pandas data frame, one column a figure.

    Parts inside a part are joined by `_`; what is not there in a row is missing in it.

    Raises:
        UserError: pandas is not installed.
    """
    try:
        import pandas
    except ModuleNotFoundError:
        raise UserError(
            "to_pandas() needs pandas, which is not there: pip install pandas"
        ) from None
    held = list(rows)
    parts = {name for row in held for name, value in row.items() if isinstance(value, Mapping)}
    return pandas.DataFrame([dict(_flat(row, parts)) for row in held])


def _flat(
    row: Mapping[str, Any], parts: Iterable[str] = (), prefix: str = ""
) -> Iterator[tuple[str, Any]]:
    for name, value in row.items():
        if isinstance(value, Mapping):
            yield from _flat(value, (), f"{prefix}{name}_")
        elif name not in parts:  # else another row has a whole part where this one has nothing
            yield prefix + name, value


def _is_right(row: JudgementRow) -> bool | None:
    if row.belief is None or row.truth is None:
        return None
    return row.belief[row.truth] > max(p for i, p in enumerate(row.belief) if i != row.truth)
