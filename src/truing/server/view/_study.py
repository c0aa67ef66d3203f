"""A study's page: its rows with their intervals, pair by pair."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from truing.measures import decide_verdict
from truing.report.page import SHOWN
from truing.runs import STUDY, JsonLines, as_number, as_object, as_text, read_rows
from truing.server.view._figures import SharedAxis, ShownEstimate, axis_of, figure
from truing.server.view._summary import Summary
from truing.students import HEADS

PARTS = ("task", "weak", "strong", "regime")


@dataclass(frozen=True)
class MethodLine:
    """A row of a study.

    Attributes:
        method: how the student learned.
        transfer, ceiling, pgr: figures.
        difference: accuracy less that of naive training.
        verdict: on the difference, see `decide_verdict`.
        note: what must be known to read the row.
    """

    method: str
    transfer: ShownEstimate
    ceiling: ShownEstimate
    pgr: ShownEstimate
    difference: ShownEstimate
    verdict: str
    note: str


@dataclass(frozen=True)
class Pair:
    """A supervisor and the student that it labels for, on a task.

    Attributes:
        task, weak, strong: names.
        regime: how the student is trained.
        simulated: the supervisor is a simulation.
        supervisor: its accuracy.
        lines: one for each method.
        axis: of their accuracies.
    """

    task: str
    weak: str
    strong: str
    regime: str
    simulated: bool
    supervisor: ShownEstimate
    lines: tuple[MethodLine, ...]
    axis: SharedAxis


@dataclass(frozen=True)
class StudyResults:
    """The rows of a study, by pair.

    Attributes:
        pairs: in the order of the rows.
        covers: what the intervals cover, in words.
        damaged: rows that could not be read.
        far: the PGR beyond which rows are no measure of an axis; empty where none is.
    """

    pairs: tuple[Pair, ...]
    covers: str
    damaged: int
    far: tuple[float, ...]


@lru_cache(maxsize=16)
def read_study(run: Summary) -> StudyResults:
    """A study's rows; none where the study has none yet.

    Raises:
        DataError: the file cannot be read.
    """
    held = read_rows(run.folder, STUDY.results)
    pairs: dict[tuple[str, ...], list[Mapping[str, Any]]] = {}
    for row in held.rows:
        row = {"regime": HEADS, **row}
        pairs.setdefault(tuple(as_text(row.get(part, "?"), 300) for part in PARTS), []).append(row)
    made = tuple(_pair(names, rows) for names, rows in pairs.items())
    far = any(not _near(line) for pair in made for line in pair.lines)
    return StudyResults(made, _covers(held), held.damaged, SHOWN if far else ())


def _pair(names: tuple[str, ...], rows: list[Mapping[str, Any]]) -> Pair:
    supervisor = figure(rows[0], "weak_accuracy", "weak")
    lines = tuple(_line(row) for row in rows)
    near = [line for line in lines if _near(line)] or lines
    drawn = [supervisor, *(one for line in near for one in (line.transfer, line.ceiling))]
    simulated = any(row.get("simulated") is True for row in rows)
    task, weak, strong, regime = names
    return Pair(task, weak, strong, regime, simulated, supervisor, lines, axis_of(drawn))


def _near(line: MethodLine) -> bool:
    """Whether a row is drawn in full: one far off would squeeze all others into a corner."""
    return line.pgr.value is None or SHOWN[0] <= line.pgr.value <= SHOWN[1]


def _line(row: Mapping[str, Any]) -> MethodLine:
    difference = as_object(row.get("difference"))
    return MethodLine(
        as_text(row.get("method", "?"), 300),
        figure(row, "transfer_accuracy", "transfer"),
        figure(row, "ceiling_accuracy", "ceiling"),
        figure(row, "pgr"),
        figure(difference, "value", ""),
        _verdict(difference, as_number(row.get("seeds"))),
        as_text(row.get("note", ""), 500),
    )


def _verdict(difference: Mapping[str, Any], seeds: float | None) -> str:
    """Verdict on a difference; empty where the row does not state the difference."""
    value, p_holm = (as_number(difference.get(name)) for name in ("value", "p_holm"))
    if value is None or p_holm is None:
        return ""
    return decide_verdict(value, p_holm, seeds=None if seeds is None else int(seeds))


def _covers(held: JsonLines) -> str:
    first = held.rows[0] if held.rows else {}
    seeds, items = as_number(first.get("seeds")), as_number(first.get("n_test"))
    if seeds is None or items is None:
        return ""
    what = "items alone, there is one seed" if seeds == 1 else "seeds and test items"
    baseline = as_text(first.get("baseline", ""), 40)
    return (
        f"{seeds:.0f} seeds, {items:.0f} test items, {baseline} baselines; intervals cover {what}."
    )
