"""Charts of a study: transfer, PGR by method, seed and student, and difference from naive."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from truing.report._certificate import with_shift
from truing.report._planted import with_planted
from truing.report._texts import (
    by_pair,
    few_seeds_text,
    interval_text,
    metric_text,
    p_named,
    signed_text,
)
from truing.report.drawing import (
    BLUE,
    GREEN,
    GREY,
    NO_DIFFERENCE,
    VERMILLION,
    Chart,
    ChartAxis,
    Dot,
    Drawing,
    Mark,
    Subplot,
    beyond_text,
    dots,
    interval_rows,
    verdict_mark,
    verdict_marks,
)
from truing.report.page._best_of_n_chart import draw_best_of_n
from truing.report.page._pgr_marks import FIXED, SHOWN, pgr_axis, series_marks
from truing.report.page._planted_chart import draw_planted
from truing.report.page._shift_chart import draw_domains
from truing.report.page._size_charts import draw_sizes, has_sizes
from truing.report.page._task_charts import draw_tasks
from truing.studies import Row

MOST_SUBPLOTS = 16  # per drawing; tables and CSV files contain the others
MOST_SEEDS = 100  # drawn as single marks

WEAK = Mark("weak supervisor, 95%", VERMILLION, "band")
CEILING = Mark("ceiling, 95%", GREEN, "band")
TRANSFER = Mark("transfer, 95%", BLUE, "circle")
PGR = Mark("PGR, 95%", BLUE, "circle")
ONE_SEED = Mark("single seed", BLUE, "tick")
CHANCE = Mark("chance accuracy", GREY, "dashes")

Groups = Mapping[str, Sequence[Row]]


def draw_study(rows: Sequence[Row], chance: Mapping[str, float] | None = None) -> list[Drawing]:
    """Draw all charts that the rows of a study allow.

    Args:
        rows: the rows.
        chance: chance accuracy of each task, if known.
    """
    drawn = [draw_transfer(rows, chance or {}), draw_pgr(rows)]
    if with_shift(rows):
        drawn.append(draw_domains(rows))
    if with_planted(rows):
        drawn.append(draw_planted(rows))
    if len({row.task for row in rows}) > 1:
        drawn.append(draw_tasks(rows))
    if len({row.strong for row in rows}) > 1:
        drawn.append(draw_students(rows))
    if has_sizes(rows):
        drawn += draw_sizes(rows)
    if any(row.difference for row in rows):
        drawn.append(draw_differences(rows))
    if any(row.best_of_n for row in rows):
        drawn.append(draw_best_of_n(rows))
    return drawn


def draw_transfer(rows: Sequence[Row], chance: Mapping[str, float]) -> Drawing:
    """Draw the accuracy of each student with those of its weak supervisor and its ceiling."""
    axes = {
        task: _accuracy_axis([row for row in rows if row.task == task], chance.get(task))
        for task in dict.fromkeys(row.task for row in rows)
    }
    marks, groups = (WEAK, TRANSFER, CEILING), by_pair(rows)
    has_chance = any(axis.low <= line <= axis.high for axis in axes.values() for line in axis.lines)
    beyond = beyond_text((_transfers(drawn), axes[drawn[0].task]) for drawn in _drawn(groups))
    return Drawing(
        "transfer",
        "Transfer between weak supervisor and ceiling",
        f"{metric_text(rows, starts=True)} on the test items. The lines across a row are the weak "
        "supervisor (left) and the ceiling (right), with their intervals as bands. The point is "
        "the student that learned "
        f"from the weak labels. {_covered(rows)}{beyond}{_left_out(groups)}",
        _subplots(groups, lambda group: dots(_transfers(group), marks, axes[group[0].task])),
        (*marks, CHANCE) if has_chance else marks,
        interval_rows((_about(row), dot) for row in rows for dot in _transfers([row])),
    )


def draw_pgr(rows: Sequence[Row]) -> Drawing:
    """Draw the PGR of each method, and of each seed."""
    axis, groups = _near_axis(rows), by_pair(rows)
    seeds = any(dot.several for dot in _pgrs(rows))
    tidy = interval_rows((_about(row), dot) for row in rows for dot in _pgrs([row]))
    single = tuple(
        {
            **_about(row),
            "row": row.method,
            "series": f"seed {number}",
            "value": value,
            "low": None,
            "high": None,
        }
        for row in rows
        for number, value in enumerate(seed_pgrs(row), 1)
    )
    return Drawing(
        "pgr",
        "PGR by method and by seed" if seeds else "PGR by method",
        "Share of the gap between weak supervisor and ceiling that the student recovers. "
        f"{_covered(rows)}"
        + (" Thin marks are single seeds." if seeds else "")
        + beyond_text((_pgrs(group), axis) for group in _drawn(groups))
        + _left_out(groups),
        _subplots(groups, lambda group: dots(_pgrs(group), (PGR, FIXED), axis, texts=True)),
        (PGR, ONE_SEED, FIXED) if seeds else (PGR, FIXED),
        (*tidy, *single),
    )


def draw_students(rows: Sequence[Row]) -> Drawing:
    """Draw the PGR by student, one subplot per method, to compare students of different size."""
    marks = series_marks(row.weak for row in rows)
    axis = _near_axis(rows)
    groups: dict[str, list[Row]] = {}
    shown = [row for row in rows if not row.control]
    for row in shown:
        groups.setdefault(f"{row.task}: {row.method}", []).append(row)

    def make(group: Sequence[Row]) -> list[Dot]:
        return [Dot(row.strong, row.weak, row.recovered) for row in group]

    return Drawing(
        "pgr-by-student",
        "PGR by student",
        "The same values with the students of one method below each other, in the order of the "
        f"study. {_covered(rows)}{beyond_text((make(group), axis) for group in _drawn(groups))}"
        f"{_left_out(groups)}",
        _subplots(groups, lambda group: dots(make(group), (*marks, FIXED), axis)),
        (*marks, FIXED),
        interval_rows((_about(row), dot) for row in shown for dot in make([row])),
    )


def draw_differences(rows: Sequence[Row]) -> Drawing:
    """Draw accuracy differences from naive training, on the same seeds and items."""
    compared = [row for row in rows if row.difference]
    groups = by_pair(compared)
    every = (dot.estimate for dot in _differences(_near(compared)))
    axis = ChartAxis.around(f"{metric_text(rows)} difference from naive", every, lines=(0.0,))
    verdicts = (row.difference.verdict for row in compared if row.difference)
    marks = (*verdict_marks(verdicts), NO_DIFFERENCE)
    return Drawing(
        "against-naive",
        f"{metric_text(rows, starts=True)} difference from naive training on the weak labels",
        f"Paired {metric_text(rows)} differences on the same seeds and items. Lines are 95% "
        "intervals of each comparison, not corrected. Shapes and p show the verdict, "
        "Holm-corrected over all "
        f"comparisons of the study, at 0.05.{few_seeds_text(rows)}"
        f"{beyond_text((_differences(group), axis) for group in _drawn(groups))}"
        f"{_left_out(groups)}",
        _subplots(groups, lambda group: dots(_differences(group), marks, axis, texts=True)),
        marks,
        interval_rows((_about(row), dot) for row in compared for dot in _differences([row])),
    )


def seed_pgrs(row: Row) -> list[float]:
    """PGR of each seed, with the baseline of the row; empty if unknown, or with one seed."""
    by_seed = row.by_seed
    if by_seed is None or not 1 < row.seeds <= MOST_SEEDS:
        return []
    weak, transfer, ceiling = (by_seed[role] for role in ("weak", "transfer", "ceiling"))
    if row.baseline == "pinned":
        weak = [sum(weak) / len(weak)] * len(weak)
        ceiling = [sum(ceiling) / len(ceiling)] * len(ceiling)
    return [(t - w) / (c - w) for w, t, c in zip(weak, transfer, ceiling, strict=True) if c > w]


def _subplots(groups: Groups, make: Callable[[Sequence[Row]], Chart]) -> tuple[Subplot, ...]:
    """One subplot per group, for the first groups.

    Args:
        groups: rows by title of the subplot.
        make: makes the chart of some rows.
    """
    shown = list(groups.items())[:MOST_SUBPLOTS]
    return tuple(Subplot(name, make(group)) for name, group in shown)


def _drawn(groups: Groups) -> list[Sequence[Row]]:
    """The groups that get a subplot."""
    return list(groups.values())[:MOST_SUBPLOTS]


def _left_out(groups: Groups) -> str:
    """A sentence on subplots that are not drawn; empty if all are drawn."""
    more = len(groups) - MOST_SUBPLOTS
    if more <= 0:
        return ""
    return f" {more} more subplots are not drawn; the table and the CSV file contain them."


def _in_sight(row: Row) -> bool:
    return row.pgr is None or SHOWN[0] <= row.pgr <= SHOWN[1]


def _near(rows: Sequence[Row]) -> Sequence[Row]:
    """Rows that determine an axis: those with a PGR in the drawn range, if any."""
    return [row for row in rows if _in_sight(row)] or rows


def _transfers(rows: Sequence[Row]) -> list[Dot]:
    fields = {"weak": WEAK, "ceiling": CEILING, "transfer": TRANSFER}
    return [
        Dot(row.method, mark.name, row.score(role)) for row in rows for role, mark in fields.items()
    ]


def _pgrs(rows: Sequence[Row]) -> list[Dot]:
    return [
        Dot(row.method, PGR.name, row.recovered, interval_text(row.recovered), seed_pgrs(row))
        for row in rows
    ]


def _differences(rows: Sequence[Row]) -> list[Dot]:
    return [
        Dot(
            row.method,
            verdict_mark(difference.verdict).name,
            difference,
            f"{signed_text(difference.value)}, {p_named(difference.p_holm)}",
        )
        for row in rows
        if (difference := row.difference)
    ]


def _accuracy_axis(rows: Sequence[Row], chance: float | None) -> ChartAxis:
    ends = [row.score(role) for row in rows for role in ("weak", "ceiling")]
    every = [*ends, *(row.score("transfer") for row in _near(rows))]
    metric = metric_text(rows)
    axis = ChartAxis.around(metric, every, whole=(0.0, 1.0))
    if chance is None or metric != "accuracy":
        return axis
    title = "accuracy" if axis.low <= chance else f"accuracy; chance accuracy {chance:.2g}"
    return ChartAxis(title, axis.low, axis.high, (chance,), axis.whole)


def _near_axis(rows: Sequence[Row]) -> ChartAxis:
    return pgr_axis(row for row in rows if _in_sight(row))


def _about(row: Row) -> dict[str, Any]:
    return {
        "task": row.task,
        "weak": row.weak,
        "student": row.strong,
        "method": row.method,
        "simulated": row.simulated,
    }


def _covered(rows: Sequence[Row]) -> str:
    """A sentence on what the intervals cover."""
    single = all(row.seeds == 1 for row in rows)
    return f"Intervals are 95% and cover {'test items only' if single else 'seeds and test items'}."
