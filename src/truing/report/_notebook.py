"""Results as a notebook shows them: a table, a chart, and data frames where pandas is there."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from truing.errors import UserError
from truing.oversight import JudgementRow, Overseen
from truing.report.page import draw_finalists, environment, find_run, make_page
from truing.research import ResearchReport


class OversightResult(NamedTuple):
    """What came of protocols on questions, and the folder that holds it all."""

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
    """What every researcher came to, by its name, and the folder that holds it all."""

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


def show(folder: Path) -> str | None:
    """What a notebook shows of a run: its first chart and its first table.

    Both are those of report.html. None, which a notebook takes for plain text, where the folder
    holds no run any more.
    """
    try:
        page = make_page(find_run(folder))
    except UserError:
        return None
    tables = [table for section in page.sections for table in section.tables]
    drawn = page.drawings[:1]
    pictures = [base64.b64encode(one.svg.encode()).decode() for one in drawn]
    shown = zip(drawn, pictures, strict=True)
    template = environment().get_template("notebook.html")
    return template.render(page=page, tables=tables[:1], shown=list(shown), folder=folder)


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
