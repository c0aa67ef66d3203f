"""Notes on the strengths of the L2 penalty that heads chose."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from truing.students import FOLDS
from truing.studies import Row

CHOSEN = (
    f"l2=auto: chosen by {FOLDS}-fold cross-validation on the labels that each model learns. "
    "The ceiling learns the ground truth of the same items, so it chooses its own l2; PGR "
    "compares the student with this ceiling. Chosen values are medians (range over seeds)."
)


def l2_notes(rows: Sequence[Row]) -> list[str]:
    """What `l2=auto` means; empty if no head chose its penalty."""
    return [CHOSEN] if any(row.l2 and (row.l2.auto or row.l2.weak_auto) for row in rows) else []


def l2_text(rows: Sequence[Row]) -> str:
    """The values that the heads of a task, supervisor and student chose; empty if none did.

    `l2=auto chose: supervisor 300, student 100 (30 to 300), ceiling 300`: median and range over
    seeds.
    """
    weak = {row.l2.text("weak"): None for row in rows if row.l2 and row.l2.weak_auto}
    students: dict[str, list[str]] = {}
    ceilings: dict[str, list[str]] = {}
    for row in rows:
        if row.l2 and row.l2.auto:
            ceilings.setdefault(row.l2.text("ceiling"), []).append(row.method)
            if row.control != "upper":  # the students of oracle are ceilings
                students.setdefault(row.l2.text("transfer"), []).append(row.method)
    named = [f"supervisor {value}" for value in weak]
    named += [*_values("student", students), *_values("ceiling", ceilings)]
    return f"l2=auto chose: {', '.join(named)}" if named else ""


def _values(role: str, methods: dict[str, list[str]]) -> Iterator[str]:
    """The values of a role, with the methods of each value if there are several."""
    for value, names in methods.items():
        yield f"{role} {value}" + (f" with {' and '.join(names)}" if len(methods) > 1 else "")
