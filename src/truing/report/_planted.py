"""Texts of a study's planted rows, the same in tables, charts and pages."""

from __future__ import annotations

from collections.abc import Sequence

from truing.report._texts import pair_name
from truing.studies import InheritanceDifference, PlantedRow, Row

MEANING = (
    "Planted errors: the student learns labels with misbehaviour that was planted on purpose (a "
    "model organism), with the method and the seeds of its row. Inheritance: share of the test "
    "items that the plant changes on which it gives the planted answer and is wrong, minus that of "
    "the honest twin, the student of the row. PGR and accuracy are those on the test items without "
    "a trigger."
)
LABELS = "After 'labels' is the share that the planted labels themselves reach."

COMPARED = (
    "Difference in inheritance from naive on the same planted labels, seeds and items, "
    "Holm-corrected at 0.05: more, less or inconclusive. Less is better."
)


def with_planted(rows: Sequence[Row]) -> list[Row]:
    """The rows that have results on planted labels."""
    return [row for row in rows if row.planted]


def by_plant(rows: Sequence[Row]) -> dict[tuple[str, str], list[tuple[Row, PlantedRow]]]:
    """Rows with their planted rows, by pair of supervisor and student and by plant."""
    groups: dict[tuple[str, str], list[tuple[Row, PlantedRow]]] = {}
    for row in rows:
        for one in row.planted:
            groups.setdefault((pair_name(row), one.label), []).append((row, one))
    return groups


def labels_text(group: Sequence[tuple[Row, PlantedRow]]) -> str:
    """Rate of the planted labels, the most that a student can repeat: `labels 0.91`."""
    value = group[0][1].rates.supervisor.value
    return "" if value is None else f"labels {value:.2f}"


def counted_differences(rows: Sequence[Row]) -> list[tuple[Row, PlantedRow, InheritanceDifference]]:
    """Planted rows with a difference from naive that counts for Holm's correction."""
    return [
        (row, one, one.difference)
        for row in rows
        for one in row.planted
        if one.difference and not row.control
    ]


def planted_notes(rows: Sequence[Row]) -> list[str]:
    """What planted rows are; empty without them."""
    if not with_planted(rows):
        return []
    notes = [f"{MEANING} {LABELS}", *([COMPARED] if counted_differences(rows) else [])]
    found = dict.fromkeys(one.note for row in rows for one in row.planted if one.note)
    return [*notes, *(f"Note: planted: {note}." for note in found)]
