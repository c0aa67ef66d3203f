"""Results of runs, with a table and a chart in notebooks, and data frames."""

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
    """Result of a study.

    Attributes:
        rows: one row per task, supervisor, student and method.
        work: number of trainings, extractions and reused steps, and seconds.
        folder: the run folder.

    Examples:
        >>> import truing
        >>> study = truing.Study(tasks="digits", weak="pca-4", strong="pca-16", methods="naive")
        >>> result = truing.run(study)
        >>> [row.method for row in result.rows]
        ['naive']
    """

    rows: tuple[Row, ...]
    work: Work
    folder: Path

    def to_pandas(self) -> Any:
        """Data frame with one row per task, supervisor, student and method, one column per value.

        The values of single seeds are in results.jsonl.

        Raises:
            UserError: pandas is not installed.
        """
        rows = [row.to_json() for row in self.rows]
        return to_frame({k: v for k, v in row.items() if k != "by_seed"} for row in rows)

    def _repr_html_(self) -> str | None:
        return show(self.folder)


class OversightResult(NamedTuple):
    """Judgements and transcripts of an oversight run, and its run folder.

    Examples:
        >>> import truing
        >>> asked = truing.Oversight(
        ...     protocols="blind", questions="cases,count=2", models={"judge": "truing/judge"}
        ... )
        >>> result = truing.run(asked)
        >>> len(result.overseen.records)
        2
    """

    overseen: Overseen
    folder: Path

    def to_pandas(self) -> Any:
        """Data frame with one row per verdict: the recorded fields, and whether it is `right`.

        A tie for the highest belief is wrong. `right` is None for a verdict that could not be
        read.

        Raises:
            UserError: pandas is not installed.
        """
        return to_frame(row.to_json() | {"right": _is_right(row)} for row in self.overseen.records)

    def _repr_html_(self) -> str | None:
        return show(self.folder)


class ResearchResult(NamedTuple):
    """Report of each researcher by name, and the run folder.

    Examples:
        >>> import truing
        >>> from truing.research import Budget, ChooseProtocol, ResearchConfig
        >>> problem = ChooseProtocol(cases=10, seeds=2)
        >>> config = ResearchConfig(problem=problem, budget=Budget(each=2), finalists=1)
        >>> result = truing.run(truing.ResearchRun(researchers="random", config=config))
        >>> list(result.reports)
        ['random']
    """

    reports: Mapping[str, ResearchReport]
    folder: Path

    def to_pandas(self) -> Any:
        """Data frame with one row per finalist, tier and task: the gain and its 95% interval.

        Raises:
            UserError: pandas is not installed.
        """
        reports = {name: report.to_json() for name, report in self.reports.items()}
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
            for row in draw_finalists(reports).rows
        )

    def _repr_html_(self) -> str | None:
        return show(self.folder)


class PlayedGame(NamedTuple):
    """Outcome of a game, its JSON values, and the run folder.

    Examples:
        >>> import truing
        >>> played = truing.run(truing.Game("prover-verifier"))
        >>> played.outcome.values["ignoring_the_prover"]
        {'accuracy': 0.5}
    """

    outcome: Outcome
    stated: Mapping[str, Any]
    folder: Path

    def _repr_html_(self) -> str | None:
        return show(self.folder)


def to_frame(rows: Iterable[Mapping[str, Any]]) -> Any:
    """Convert rows to a tidy pandas data frame with one column per value.

    Names of nested fields are joined by `_`. Fields that a row lacks are missing values.

    Raises:
        UserError: pandas is not installed.
    """
    try:
        import pandas
    except ModuleNotFoundError:
        raise UserError(
            "to_pandas() needs pandas, which is not installed: pip install pandas"
        ) from None
    listed = list(rows)
    parts = {name for row in listed for name, value in row.items() if isinstance(value, Mapping)}
    return pandas.DataFrame([dict(_flat(row, parts)) for row in listed])


def _flat(
    row: Mapping[str, Any], parts: Iterable[str] = (), prefix: str = ""
) -> Iterator[tuple[str, Any]]:
    for name, value in row.items():
        if isinstance(value, Mapping):
            yield from _flat(value, (), f"{prefix}{name}_")
        elif name not in parts:  # a missing nested field, which another row has
            yield prefix + name, value


def _is_right(row: JudgementRow) -> bool | None:
    if row.belief is None or row.truth is None:
        return None
    return row.belief[row.truth] > max(p for i, p in enumerate(row.belief) if i != row.truth)
