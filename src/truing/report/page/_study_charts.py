"""The charts of a study: transfer, PGR by method, seed and student, and who beats naive."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from truing.report._figures import few_seeds_text, interval_text, p_named, pair_name, signed_text
from truing.report.drawing import (
    BLUE,
    GREEN,
    GREY,
    SERIES,
    SHAPES,
    VERMILLION,
    ChartAxis,
    ChartPanel,
    Dot,
    Drawing,
    Mark,
    dots,
    interval_rows,
    verdict_mark,
    verdict_marks,
)
from truing.studies import Row

SHOWN = (-1.5, 2.5)  # PGR of methods that do not squeeze the others into a corner
MOST_PANELS = 16  # of a drawing; what else there is stands in tables and CSV files
MOST_SEEDS = 100  # that are drawn one by one

WEAK = Mark("weak supervisor, 95%", VERMILLION, "band")
CEILING = Mark("ceiling, 95%", GREEN, "band")
TRANSFER = Mark("transfer, 95%", BLUE, "circle")
PGR = Mark("PGR, 95%", BLUE, "circle")
ONE_SEED = Mark("a seed of its own", BLUE, "tick")
FIXED = Mark("0 is the weak supervisor, 1 the ceiling", GREY, "dashes")
CHANCE = Mark("a uniform guess", GREY, "dashes")
SAME = Mark("no difference", GREY, "dashes")

Groups = Mapping[str, Sequence[Row]]


def draw_study(rows: Sequence[Row], chances: Mapping[str, float] | None = None) -> list[Drawing]:
    """All charts of a study that its rows allow.

    Args:
        chances: by task, the accuracy of a uniform guess, where it is known.
    """
    drawn = [draw_transfer(rows, chances or {}), draw_pgr(rows)]
    if len({row.strong for row in rows}) > 1:
        drawn.append(draw_students(rows))
    if any(row.difference for row in rows):
        drawn.append(draw_differences(rows))
    return drawn


def draw_transfer(rows: Sequence[Row], chances: Mapping[str, float]) -> Drawing:
    """Accuracy of every method's student between its weak supervisor's and its ceiling's."""
    axes = {
        task: _accuracy_axis([row for row in rows if row.task == task], chances.get(task))
        for task in dict.fromkeys(row.task for row in rows)
    }
    marks = (WEAK, TRANSFER, CEILING)
    fits = _fitting(_transfers, lambda row: axes[row.task])
    chance = any(axis.low <= line <= axis.high for axis in axes.values() for line in axis.lines)
    return Drawing(
        "transfer",
        "Transfer between weak supervisor and ceiling",
        "Accuracy on the test items. A line across a row is the weak supervisor (left) or the "
        "ceiling (right) with its band; the point is the student that learned from the weak "
        f"labels. {_covered(rows)}{_left_out(by_pair(rows))}",
        _panels(
            by_pair(rows),
            lambda held: dots(_transfers(held), marks, axes[held[0].task]),
            fits,
            "their accuracy is beyond the axis",
        ),
        (*marks, CHANCE) if chance else marks,
        interval_rows((_about(row), dot) for row in rows for dot in _transfers([row])),
    )


def draw_pgr(rows: Sequence[Row]) -> Drawing:
    """PGR of every method, and of each seed alone."""
    axis = _pgr_axis(rows)
    seeds = any(dot.several for dot in _pgrs(rows))
    tidy = interval_rows((_about(row), dot) for row in rows for dot in _pgrs([row]))
    alone = tuple(
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
        + (" Thin marks are the seeds one by one, each with its own luck." if seeds else "")
        + f" An arrow ends an interval that goes on beyond the axis.{_left_out(by_pair(rows))}",
        _panels(by_pair(rows), lambda held: dots(_pgrs(held), (PGR, FIXED), axis, texts=True)),
        (PGR, ONE_SEED, FIXED) if seeds else (PGR, FIXED),
        (*tidy, *alone),
    )


def draw_students(rows: Sequence[Row]) -> Drawing:
    """PGR by student, a panel for each method: whether more of it comes with a larger student."""
    marks = series_marks(row.weak for row in rows)
    axis = _pgr_axis(rows)
    shown = [row for row in rows if _in_sight(row) and not row.control]
    groups: dict[str, list[Row]] = {}
    for row in shown:
        groups.setdefault(f"{row.task}: {row.method}", []).append(row)

    def make(held: Sequence[Row]) -> list[Dot]:
        return [Dot(row.strong, row.weak, row.pgr, row.pgr_low, row.pgr_high) for row in held]

    return Drawing(
        "pgr-by-student",
        "PGR by student",
        f"The same figures with the students of one method below each other, in the study's order. "
        f"{_covered(rows)}{_left_out(groups)}",
        tuple(
            ChartPanel(name, dots(make(held), (*marks, FIXED), axis))
            for name, held in list(groups.items())[:MOST_PANELS]
        ),
        (*marks, FIXED),
        interval_rows((_about(row), dot) for row in shown for dot in make([row])),
    )


def draw_differences(rows: Sequence[Row]) -> Drawing:
    """Accuracy less naive's, on the same seeds and items."""
    compared = [row for row in rows if row.difference]
    dotted = [dot for row in _setting(compared) for dot in _differences([row])]
    ends = [end for dot in dotted for end in (dot.low, dot.high)]
    axis = ChartAxis.around("accuracy less naive's", ends, lines=(0.0,))
    marks = (*verdict_marks(row.difference.verdict for row in compared), SAME)
    return Drawing(
        "against-naive",
        "Against naive training on the weak labels",
        "Paired differences in accuracy on the same seeds and items. Lines are 95% intervals of "
        "each comparison alone; the shape, and p, say what is left after Holm's correction over "
        f"all comparisons of the study, at 0.05.{few_seeds_text(rows)}"
        f"{_left_out(by_pair(compared))}",
        _panels(
            by_pair(compared),
            lambda held: dots(_differences(held), marks, axis, texts=True),
            _fitting(_differences, lambda row: axis),
            "their difference is beyond the axis",
        ),
        marks,
        interval_rows((_about(row), dot) for row in compared for dot in _differences([row])),
    )


def series_marks(names: Iterable[str]) -> tuple[Mark, ...]:
    """A colour and a shape for each of some names; shapes move on when the colours are used up."""
    found = list(dict.fromkeys(names))
    turns = len(SERIES)
    return tuple(
        Mark(name, SERIES[at % turns], SHAPES[(at + at // turns) % len(SHAPES)])
        for at, name in enumerate(found)
    )


def by_pair(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """Rows of each task, supervisor and student."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(pair_name(row), []).append(row)
    return groups


def seed_pgrs(row: Row) -> list[float]:
    """Each seed's PGR, held against the baseline that the row is held against; may be empty."""
    held = row.by_seed
    if held is None or not 1 < row.seeds <= MOST_SEEDS:
        return []
    weak, transfer, ceiling = (held[role] for role in ("weak", "transfer", "ceiling"))
    if row.baseline == "pinned":
        weak = [sum(weak) / len(weak)] * len(weak)
        ceiling = [sum(ceiling) / len(ceiling)] * len(ceiling)
    return [(t - w) / (c - w) for w, t, c in zip(weak, transfer, ceiling, strict=True) if c > w]


def _panels(
    groups: Groups,
    make: Callable[[Sequence[Row]], Any],
    fits: Callable[[Row], bool] | None = None,
    why: str = f"their PGR is beyond {SHOWN[0]:g} to {SHOWN[1]:g}",
) -> tuple[ChartPanel, ...]:
    """A panel for each group, of the rows that fit; a note names the others.

    Args:
        fits: whether a row is drawn; by default whether its PGR is in sight.
        why: the other rows are not drawn.
    """
    fits, panels = fits or _in_sight, []
    for name, held in list(groups.items())[:MOST_PANELS]:
        shown = [row for row in held if fits(row)]
        if shown:
            far = ", ".join(row.method for row in held if row not in shown)
            panels.append(ChartPanel(name, make(shown), f"not drawn, {why}: {far}" if far else ""))
    return tuple(panels)


def _left_out(groups: Groups) -> str:
    """Says so where there are more panels than are drawn."""
    more = len(groups) - MOST_PANELS
    if more <= 0:
        return ""
    return f" {more} further panels are not drawn: they are in the table and the CSV file."


def _in_sight(row: Row) -> bool:
    return row.pgr is None or SHOWN[0] <= row.pgr <= SHOWN[1]


def _setting(rows: Sequence[Row]) -> Sequence[Row]:
    """The rows that an axis of accuracies is made for: those in sight, if there are any."""
    return [row for row in rows if _in_sight(row)] or rows


def _fitting(
    make: Callable[[Sequence[Row]], list[Dot]], axis_of: Callable[[Row], ChartAxis]
) -> Callable[[Row], bool]:
    """Whether all dots and intervals of a row lie within its axis."""

    def fits(row: Row) -> bool:
        axis = axis_of(row)
        ends = [end for dot in make([row]) for end in (dot.low, dot.high) if end is not None]
        return all(axis.low <= end <= axis.high for end in ends)

    return fits


def _transfers(rows: Sequence[Row]) -> list[Dot]:
    fields = {"weak": WEAK, "ceiling": CEILING, "transfer": TRANSFER}
    return [
        Dot(
            row.method,
            mark.name,
            *(getattr(row, f"{role}_{part}") for part in ("accuracy", "low", "high")),
        )
        for row in rows
        for role, mark in fields.items()
    ]


def _pgrs(rows: Sequence[Row]) -> list[Dot]:
    return [
        Dot(
            row.method,
            PGR.name,
            row.pgr,
            row.pgr_low,
            row.pgr_high,
            interval_text(row.pgr, row.pgr_low, row.pgr_high),
            seed_pgrs(row),
        )
        for row in rows
    ]


def _differences(rows: Sequence[Row]) -> list[Dot]:
    return [
        Dot(
            row.method,
            verdict_mark(row.difference.verdict).name,
            row.difference.value,
            row.difference.low,
            row.difference.high,
            f"{signed_text(row.difference.value)}, {p_named(row.difference.p_holm)}",
        )
        for row in rows
        if row.difference
    ]


def _accuracy_axis(rows: Sequence[Row], chance: float | None) -> ChartAxis:
    ends = [
        getattr(row, f"{role}_{end}")
        for row in _setting(rows)
        for role in ("weak", "transfer", "ceiling")
        for end in ("low", "high")
    ]
    axis = ChartAxis.around("accuracy", ends, whole=(0.0, 1.0))
    if chance is None:
        return axis
    title = "accuracy" if axis.low <= chance else f"accuracy; a guess has {chance:.2g}"
    return ChartAxis(title, axis.low, axis.high, (chance,), axis.whole)


def _pgr_axis(rows: Sequence[Row]) -> ChartAxis:
    ends = [end for row in rows if _in_sight(row) for end in (row.pgr_low, row.pgr, row.pgr_high)]
    return ChartAxis.around("PGR", ends, lines=(0.0, 1.0), within=SHOWN)


def _about(row: Row) -> dict[str, Any]:
    return {
        "task": row.task,
        "weak": row.weak,
        "student": row.strong,
        "method": row.method,
        "simulated": row.simulated,
    }


def _covered(rows: Sequence[Row]) -> str:
    """What the intervals cover."""
    single = all(row.seeds == 1 for row in rows)
    return (
        f"Intervals are 95% and cover {'test items alone' if single else 'seeds and test items'}."
    )
