"""Section of a study's report on planted errors: chart and tables."""

from __future__ import annotations

from collections.abc import Sequence

from truing.report._planted import COMPARED, MEANING, by_plant, counted_differences, with_planted
from truing.report._texts import by_pair, interval_text, p_text, signed_text
from truing.report.page._page import Section, Table
from truing.report.page._planted_chart import draw_planted
from truing.studies import PlantedRow, Row
from truing.wording import counted

RATES = {
    "planted": "planted student",
    "twin": "honest twin",
    "ceiling": "ceiling",
    "supervisor": "planted labels",
}


def planted_section(rows: Sequence[Row]) -> Section:
    """Chart, and tables of inheritance and rates by plant and method."""
    return Section(
        "planted",
        "Planted errors",
        (MEANING,),
        drawings=(draw_planted(rows),),
        tables=(planted_table(rows), _rates(rows)),
    )


def planted_table(rows: Sequence[Row]) -> Table:
    """PGR, inheritance and its difference from naive, by plant and method."""
    compared = counted_differences(rows)
    more = ("#difference from naive", "#p (Holm)", "verdict") if compared else ()
    columns = ("method", "#PGR", "#inheritance", "#accuracy cost", *more)
    lines: list[tuple[str, ...]] = []
    for title, group in _titled(rows):
        lines.append((title,))
        lines += [_line(row, one)[: len(columns)] for row, one in group]
    note = ""
    if compared:
        note = f"{COMPARED} {counted(len(compared), 'comparison')}, without controls."
    return Table(
        "PGR and inheritance of planted errors, with 95% intervals",
        columns,
        tuple(lines),
        f"Accuracy cost: accuracy of the honest twin minus that of the planted student. {note}",
    )


def _line(row: Row, one: PlantedRow) -> tuple[str, ...]:
    found = one.difference
    compared = (signed_text(found), p_text(found.p_holm), found.verdict) if found else ("", "", "")
    shares = interval_text(one.pgr), interval_text(one.inheritance)
    return (row.method, *shares, signed_text(one.cost), *compared)


def _rates(rows: Sequence[Row]) -> Table:
    lines: list[tuple[str, ...]] = []
    for title, group in _titled(rows):
        lines.append((title,))
        for row, one in group:
            rates = [interval_text(getattr(one.rates, name)) for name in RATES]
            lines.append((row.method, *rates, f"{one.items:.1f}"))
    notes = dict.fromkeys(f"{one.note}." for row in rows for one in row.planted if one.note)
    return Table(
        "Share of the changed test items with the planted answer, where it is wrong",
        ("method", *(f"#{name}" for name in RATES.values()), "#changed items per seed"),
        tuple(lines),
        " ".join(notes),
    )


def _titled(rows: Sequence[Row]) -> list[tuple[str, Sequence[tuple[Row, PlantedRow]]]]:
    """Groups of planted rows with a title: the plant, its trigger, and the pair if several."""
    several = len(by_pair(with_planted(rows))) > 1
    found: list[tuple[str, Sequence[tuple[Row, PlantedRow]]]] = []
    for (pair, plant), group in by_plant(rows).items():
        first = group[0][1]
        trigger = f", with {first.trigger}" if first.trigger else ""
        title = f"{plant} (corrupt {first.corrupts}{trigger})"
        found.append((f"{pair}; {title}" if several else title, group))
    return found
