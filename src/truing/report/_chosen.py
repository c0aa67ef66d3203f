"""Texts on what models chose by themselves: strengths of penalties, learning rates, and stops."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from truing.students import FOLDS
from truing.studies import LearningRate, Penalty, Row

L2 = (
    f"l2=auto: chosen by {FOLDS}-fold cross-validation on the labels that each model learns. "
    "The ceiling learns the ground truth of the same items, so it chooses its own l2; PGR "
    "compares the student with this ceiling. Chosen values are medians (range over seeds)."
)
LEARNING_RATE = (
    "learning_rate=auto: the value with the lowest validation loss, on the labels that each model "
    "learns. The ceiling learns the ground truth of the same items, so it chooses its own learning "
    "rate; PGR compares the student with this ceiling."
)
STOPPED = (
    "Early stopping: each model has its weights of the step with the lowest validation loss, on "
    "the labels that it learns; the ceiling's are the ground truth of the same items. Learning "
    "rates and steps are medians (range over seeds)."
)

TextOf = Callable[[Row, str], str]
"""Value of a role of a row as text; empty without a value."""


def chosen_notes(rows: Sequence[Row]) -> list[str]:
    """What `l2=auto`, `learning_rate=auto` and early stopping mean, where models use them."""
    rates = [row.learning_rate for row in rows if row.learning_rate]
    notes = {
        L2: any(row.l2 and (row.l2.auto or row.l2.weak_auto) for row in rows),
        LEARNING_RATE: any(rate.auto or rate.weak_auto for rate in rates),
        STOPPED: bool(rates),
    }
    return [note for note, shown in notes.items() if shown]


def chosen_texts(rows: Sequence[Row]) -> list[str]:
    """What the models of a task, supervisor and student chose; empty if they chose nothing.

    `l2=auto chose: supervisor 300, student 100 (30 to 300), ceiling 300`: median and range over
    seeds. `early stopping (share of the steps): student 40% (20% to 70%), ceiling 90%`.
    """
    texts = {
        "l2=auto chose": _values(rows, lambda row, role: _auto_text(row.l2, role)),
        "learning_rate=auto chose": _values(
            rows, lambda row, role: _auto_text(row.learning_rate, role)
        ),
        "early stopping (share of the steps)": _values(rows, _stopped_at),
    }
    return [f"{head}: {', '.join(values)}" for head, values in texts.items() if values]


def _auto_text(found: Penalty | LearningRate | None, role: str) -> str:
    """The value of a role if it was chosen."""
    if found is None or not (found.weak_auto if role == "weak" else found.auto):
        return ""
    return found.text(role)


def _stopped_at(row: Row, role: str) -> str:
    return row.stopped_at.text(role) if row.stopped_at else ""


def _values(rows: Sequence[Row], text: TextOf) -> list[str]:
    """The values of the roles, with the methods of each value if there are several."""
    weak = {text(row, "weak"): None for row in rows}
    students: dict[str, list[str]] = {}
    ceilings: dict[str, list[str]] = {}
    for row in rows:
        ceilings.setdefault(text(row, "ceiling"), []).append(row.method)
        if row.control != "upper":  # the students of oracle are ceilings
            students.setdefault(text(row, "transfer"), []).append(row.method)
    named = [f"supervisor {value}" for value in weak if value]
    return [*named, *_by_method("student", students), *_by_method("ceiling", ceilings)]


def _by_method(role: str, methods: dict[str, list[str]]) -> Iterator[str]:
    for value, names in methods.items():
        if value:
            yield f"{role} {value}" + (f" with {' and '.join(names)}" if len(methods) > 1 else "")
