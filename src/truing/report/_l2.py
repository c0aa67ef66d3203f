"""Notes on the strengths of the L2 penalty that heads chose."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from truing.report._texts import by_pair
from truing.students import FOLDS
from truing.studies import Row

CHOSEN = (
    f"l2=auto: chosen by {FOLDS}-fold cross-validation on the labels that each model learns. "
    "The ceiling learns the ground truth of the same items, so it chooses its own l2; PGR "
    "compares the student with this ceiling."
)


def l2_notes(rows: Sequence[Row]) -> list[str]:
    """What `l2=auto` means, and the chosen values of each task, supervisor and student.

    Empty if no head chose its penalty.
    """
    found = [f"{name}: {text}" for name, group in by_pair(rows).items() if (text := _pair(group))]
    if not found:
        return []
    return [CHOSEN, "Chosen l2, median (range over seeds): " + "; ".join(found) + "."]


def l2_texts(row: Row) -> tuple[str, str]:
    """Strengths of student and ceiling, `100 (30 to 300)`; empty without a head."""
    return (row.l2.text("transfer"), row.l2.text("ceiling")) if row.l2 else ("", "")


def _pair(rows: Sequence[Row]) -> str:
    """The chosen values of a supervisor, its students and their ceilings."""
    weak = {row.l2.text("weak"): None for row in rows if row.l2 and row.l2.weak_auto}
    students: dict[str, list[str]] = {}
    ceilings: dict[str, list[str]] = {}
    for row in rows:
        if row.l2 and row.l2.auto:
            ceilings.setdefault(row.l2.text("ceiling"), []).append(row.method)
            if row.control != "upper":  # the students of oracle are ceilings
                students.setdefault(row.l2.text("transfer"), []).append(row.method)
    named = [f"supervisor {value}" for value in weak]
    return ", ".join([*named, *_values("student", students), *_values("ceiling", ceilings)])


def _values(role: str, methods: dict[str, list[str]]) -> Iterator[str]:
    """The values of a role, with the methods of each value if there are several."""
    for value, names in methods.items():
        yield f"{role} {value}" + (f" with {' and '.join(names)}" if len(methods) > 1 else "")
