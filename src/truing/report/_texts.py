"""Texts of values, intervals and pairs, the same in tables and charts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from truing.measures import FEWEST_SEEDS, Estimate
from truing.studies import METRIC_NAMES, Row, TaskMean

TASKS_COVERED = (
    "Tasks are the units of a mean over tasks: its 95% interval covers seeds, items and the choice "
    "of tasks, as far as the tasks are a random sample of such tasks. A task counts if its gap is "
    "clearly positive."
)


def interval_text(one: Estimate, digits: int = 2) -> str:
    """Text of a value with its interval, `0.42 [0.31, 0.55]`, or `undefined`."""
    if one.value is None:
        return "undefined"
    low = "-inf" if one.low is None else _rounded(one.low, digits)
    high = "inf" if one.high is None else _rounded(one.high, digits)
    return f"{_rounded(one.value, digits)} [{low}, {high}]"


def _rounded(value: float, digits: int) -> str:
    """A value with some decimals; 0 has no sign."""
    return f"{round(value, digits) + 0.0:.{digits}f}"


def estimate_text(one: Estimate, digits: int = 3) -> str:
    """Text of an estimate: `0.42 [0.31, 0.55]`; without brackets if no interval is known."""
    if one.value is not None and one.low is None and one.high is None:
        return f"{one.value:.{digits}f}"
    return interval_text(one, digits)


def signed_text(one: Estimate | float, digits: int = 3) -> str:
    """Text of a difference, with its interval if known: `+0.042 [-0.011, +0.095]`."""
    ends = (one.value, one.low, one.high) if isinstance(one, Estimate) else (one, None, None)
    signed = [f"{round(end, digits) + 0.0:+.{digits}f}" for end in ends if end is not None]
    return signed[0] if len(signed) < 3 else f"{signed[0]} [{signed[1]}, {signed[2]}]"


def p_text(p: float | None) -> str:
    """Text of a p-value with two digits, `<0.0001` if smaller; empty for None."""
    return "" if p is None else "<0.0001" if p < 1e-4 else f"{p:.2g}"


def p_named(p: float | None) -> str:
    """Text of a p-value with its name: `p 0.03`, `p <0.0001`."""
    return "" if p is None else f"p {p_text(p)}"


def mean_sd_text(value: Any, digits: int = 2) -> str:
    """Text of a mean over seeds with its standard deviation, `0.42 ±0.03`, or `undefined`."""
    if not isinstance(value, dict) or value.get("mean") is None:
        return "undefined"
    spread = value.get("sd")
    return f"{value['mean']:.{digits}f}" + ("" if spread is None else f" ±{spread:.{digits}f}")


def metric_text(rows: Sequence[Row], *, starts: bool = False) -> str:
    """Metric of a study's rows in words, `balanced accuracy`; capital if it starts a sentence."""
    name = METRIC_NAMES[rows[0].metric] if rows else METRIC_NAMES["accuracy"]
    return name[0].upper() + name[1:] if starts else name


def pair_name(row: Row) -> str:
    """Task, supervisor and student of a row; a simulated supervisor is marked."""
    simulated = " (simulated)" if row.simulated else ""
    return f"{row.task}: {row.weak}{simulated} supervises {row.strong}"


def by_pair(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """Group rows by task, supervisor and student."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(pair_name(row), []).append(row)
    return groups


def pair_text(row: Row, rows: Sequence[Row]) -> str:
    """The pair of a row, ` (spectral-64 under pca-4)`; empty if the study has only one pair."""
    if len(by_pair(rows)) == 1:
        return ""
    task = f" on {row.task}" if len({one.task for one in rows}) > 1 else ""
    return f" ({row.strong} under {row.weak}{task})"


def tasks_text(mean: TaskMean) -> str:
    """Number of tasks in a mean: `5`, or `4 of 5` if the gap of one task is not clear."""
    return f"{mean.tasks} of {mean.all_tasks}" if mean.tasks < mean.all_tasks else f"{mean.tasks}"


def few_seeds_text(rows: Sequence[Row]) -> str:
    """A sentence on restricted verdicts if a row has one or two seeds; else empty."""
    few = sorted({row.seeds for row in rows if row.difference and row.seeds < FEWEST_SEEDS})
    if not few:
        return ""
    seeds = "One seed does" if few == [1] else "One or two seeds do"
    return (
        f" {seeds} not show how results vary between seeds: a significant difference is stated for "
        f"these seeds only. Use {FEWEST_SEEDS} seeds or more for a verdict."
    )
