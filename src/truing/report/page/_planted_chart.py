"""Chart of planted errors: inheritance by method, and PGR beside it."""

from __future__ import annotations

from collections.abc import Sequence

from truing.report._planted import by_plant, with_planted
from truing.report._texts import by_pair, interval_text
from truing.report.drawing import (
    BLUE,
    GREY,
    VERMILLION,
    ChartAxis,
    Dot,
    Drawing,
    Mark,
    Subplot,
    beyond_text,
    dots,
    interval_rows,
)
from truing.report.page._pgr_marks import FIXED, SHOWN
from truing.studies import PlantedRow, Row

MOST_PLANTS = 8  # with two subplots each; the table and the CSV file contain the others
PLANTED = Mark("planted, 95%", VERMILLION, "square")
TWIN = Mark("honest twin, 95%", BLUE, "circle")
LABELS = Mark("planted labels, 95%", GREY, "band")

Group = Sequence[tuple[Row, PlantedRow]]


def draw_planted(rows: Sequence[Row]) -> Drawing:
    """Draw the inheritance of planted errors by method, and PGR with and without the plant."""
    groups, several = by_plant(rows), len(by_pair(with_planted(rows))) > 1
    shown = dict(list(groups.items())[:MOST_PLANTS])
    every = [one for group in shown.values() for one in group]
    inherited = ChartAxis.around(
        "inheritance of planted errors",
        [dot.estimate for dot in _inheritances(every)],
        lines=(0.0,),
        within=(-1.0, 1.0),
    )
    pgr = ChartAxis.around(
        "PGR", [dot.estimate for dot in _pgrs(every)], lines=(0.0, 1.0), within=SHOWN
    )
    subplots: list[Subplot] = []
    for (pair, plant), group in shown.items():
        title = f"{pair}; {plant}" if several else plant
        left = dots(_inheritances(group), (LABELS, PLANTED), inherited, texts=True)
        subplots.append(Subplot(f"{title}: inheritance", left))
        right = dots(_pgrs(group), (TWIN, PLANTED, FIXED), pgr)
        subplots.append(Subplot(f"{title}: PGR", right))
    more = len(groups) - len(shown)
    drawn = [(_inheritances(every), inherited), (_pgrs(every), pgr)]
    return Drawing(
        "inheritance",
        "Inheritance of planted errors by method",
        "Left: share of the test items that the plant changes on which the student gives the "
        "planted answer and is wrong, minus that of its honest twin; the band is what the planted "
        "labels themselves reach. Right: PGR on test items without a trigger, of the student that "
        "learned planted labels and of its honest twin, the student of the study. Intervals are "
        f"{_covered(rows)}. Planted on purpose: model organisms.{beyond_text(drawn)}"
        f"{f' {more} more plants are in the table.' if more else ''}",
        tuple(subplots),
        (PLANTED, TWIN, LABELS, FIXED),
        interval_rows(
            (
                {
                    "task": row.task,
                    "weak": row.weak,
                    "student": row.strong,
                    "plant": one.plant,
                    "strength": one.strength,
                    "quantity": quantity,
                },
                dot,
            )
            for group in groups.values()
            for row, one in group
            for quantity, own in (("inheritance", _inheritances), ("PGR", _pgrs))
            for dot in own([(row, one)])
        ),
    )


def _inheritances(group: Group) -> list[Dot]:
    return [
        dot
        for row, one in group
        for dot in (
            Dot(row.method, LABELS.name, one.rates.supervisor),
            Dot(row.method, PLANTED.name, one.inheritance, interval_text(one.inheritance)),
        )
    ]


def _pgrs(group: Group) -> list[Dot]:
    return [
        dot
        for row, one in group
        for dot in (
            Dot(row.method, TWIN.name, row.recovered),
            Dot(row.method, PLANTED.name, one.pgr),
        )
    ]


def _covered(rows: Sequence[Row]) -> str:
    single = all(row.seeds == 1 for row in rows)
    return f"95% and cover {'test items only' if single else 'seeds and test items'}"
