"""Page of a study: its rows with intervals, grouped by supervisor and student."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from truing.measures import METRICS, Estimate, Metric, decide_verdict
from truing.report import Certificate
from truing.report.page import SHOWN
from truing.runs import PARTIAL, STUDY, JsonLines, as_number, as_object, as_text, read_rows, stamp
from truing.server.view._shown import SharedAxis, axis_of, read_estimate
from truing.server.view._summary import Summary
from truing.students import HEADS
from truing.studies import METRIC_NAMES, UNSTATED_CONTROLS

PARTS = ("task", "weak", "strong", "regime")


@dataclass(frozen=True)
class MethodLine:
    """A row of a study.

    Attributes:
        method: name of the training method.
        transfer: transfer accuracy, or the metric of the study.
        ceiling: the same metric of the ceiling.
        pgr: performance gap recovered.
        difference: difference of the metric from naive training.
        verdict: verdict on the difference, see `decide_verdict`.
        note: note on the interpretation of the row.
        control: `upper` or `lower` if the method is a control; else None.
        certificate: PGR at home and in the worst domain.
    """

    method: str
    transfer: Estimate
    ceiling: Estimate
    pgr: Estimate
    difference: Estimate
    verdict: str
    note: str
    control: str | None
    certificate: Certificate


@dataclass(frozen=True)
class Pair:
    """A supervisor and the student that learns from its labels, on a task.

    Attributes:
        task: name of the task.
        weak: name of the supervisor.
        strong: name of the student.
        regime: kind of training of the student.
        simulated: whether the supervisor is a simulation.
        metric: metric of the study, in words.
        supervisor: metric of the supervisor.
        lines: one row for each method.
        axis: axis on which the metrics are drawn.
    """

    task: str
    weak: str
    strong: str
    regime: str
    simulated: bool
    metric: str
    supervisor: Estimate
    lines: tuple[MethodLine, ...]
    axis: SharedAxis


@dataclass(frozen=True)
class StudyResults:
    """The rows of a study, grouped by pair.

    Attributes:
        pairs: pairs of supervisor and student, in the order of the rows.
        covers: sentence on the seeds, the test items and the variation that intervals cover.
        damaged: number of rows that could not be read.
        partial: whether these are the results so far of an unfinished study.
        far: range of PGR outside which rows do not extend the axis; empty if no row is beyond it.
    """

    pairs: tuple[Pair, ...]
    covers: str
    damaged: int
    partial: bool
    far: tuple[float, ...]

    @property
    def shifted(self) -> bool:
        """Whether a row has results under shift."""
        return any(line.certificate.domains for pair in self.pairs for line in pair.lines)


@lru_cache(maxsize=16)
def read_study(run: Summary) -> StudyResults:
    """The rows of a study, or those so far; no pairs if the study has no rows yet.

    Raises:
        DataError: the file cannot be read.
    """
    partial = stamp(run.folder, STUDY.results) is None
    name = PARTIAL if partial else STUDY.results
    if stamp(run.folder, name) is None:
        return StudyResults((), "", 0, False, ())
    read = read_rows(run.folder, name)
    pairs: dict[tuple[str, ...], list[Mapping[str, Any]]] = {}
    for row in read.rows:
        row = {"regime": HEADS, **row}
        pairs.setdefault(tuple(as_text(row.get(part, "?"), 300) for part in PARTS), []).append(row)
    made = tuple(_pair(names, rows) for names, rows in pairs.items())
    far = any(
        line.transfer.value is not None and not pair.axis.contains(line.transfer.value)
        for pair in made
        for line in pair.lines
    )
    return StudyResults(
        made, "" if partial else _covers(read), read.damaged, partial, SHOWN if far else ()
    )


def _pair(names: tuple[str, ...], rows: list[Mapping[str, Any]]) -> Pair:
    supervisor = _score(rows[0], "weak")
    lines = tuple(_line(row) for row in rows)
    near = [line for line in lines if _near(line)] or lines
    drawn = [supervisor, *(one for line in near for one in (line.transfer, line.ceiling))]
    simulated = any(row.get("simulated") is True for row in rows)
    task, weak, strong, regime = names
    metric = METRIC_NAMES[_metric(rows[0])]
    return Pair(task, weak, strong, regime, simulated, metric, supervisor, lines, axis_of(drawn))


def _near(line: MethodLine) -> bool:
    """Whether a row extends the axis; distant rows would leave too little space for the others."""
    return line.pgr.value is None or SHOWN[0] <= line.pgr.value <= SHOWN[1]


def _line(row: Mapping[str, Any]) -> MethodLine:
    difference = as_object(row.get("difference"))
    method = as_text(row.get("method", "?"), 300)
    control = row.get("control") or UNSTATED_CONTROLS.get(method)
    return MethodLine(
        method,
        _score(row, "transfer"),
        _score(row, "ceiling"),
        read_estimate(row, "pgr"),
        read_estimate(difference, "value", ""),
        _verdict(difference, as_number(row.get("seeds"))),
        as_text(row.get("note", ""), 500),
        None if control is None else as_text(control, 40),
        Certificate.read(row),
    )


def _metric(row: Mapping[str, Any]) -> Metric:
    """The metric of a row; accuracy if it states none, as in folders of version 0.1.0."""
    stated = row.get("metric")
    return next((metric for metric in METRICS if metric == stated), "accuracy")


def _score(row: Mapping[str, Any], role: str) -> Estimate:
    """Metric of a role of a row, with its interval."""
    metric = _metric(row)
    if metric == "accuracy":
        return read_estimate(row, f"{role}_accuracy", role)
    return read_estimate(as_object(as_object(row.get("class_balance")).get(role)), metric)


def _verdict(difference: Mapping[str, Any], seeds: float | None) -> str:
    """Verdict on a difference; empty if the row has no difference."""
    value, p_holm = (as_number(difference.get(name)) for name in ("value", "p_holm"))
    if value is None or p_holm is None:
        return ""
    return decide_verdict(value, p_holm, seeds=None if seeds is None else int(seeds))


def _covers(read: JsonLines) -> str:
    first = read.rows[0] if read.rows else {}
    seeds, items = as_number(first.get("seeds")), as_number(first.get("n_test"))
    if seeds is None or items is None:
        return ""
    count = "1 seed" if seeds == 1 else f"{seeds:.0f} seeds"
    what = "test items only" if seeds == 1 else "seeds and test items"
    baseline = as_text(first.get("baseline", ""), 40)
    return f"{count}, {items:.0f} test items, {baseline} baselines; intervals cover {what}."
