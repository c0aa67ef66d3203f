"""Notes on the majority rate or chance accuracy: who is not better, and the lower controls."""

from __future__ import annotations

from collections.abc import Sequence

from truing.report._figures import signed_text
from truing.studies import RoleBalance, Row

MEANINGS = {
    "majority rate": "always naming the most common class",
    "chance accuracy": "a uniform guess",
}


def majority_notes(rows: Sequence[Row]) -> list[str]:
    """A sentence for the tasks' majority rates or chance accuracies, and one line for each pair.

    A pair is a task, a supervisor and a student. It has a line where the supervisor or the ceiling
    is not better, or where there is a lower control (shuffled).
    """
    known = [row for row in rows if row.class_balance]
    pairs: dict[tuple[str, str, str], list[Row]] = {}
    for row in known:
        pairs.setdefault((row.task, row.weak, row.strong), []).append(row)
    found = [_rates(name, known) for name in MEANINGS]
    return [note for note in (*found, *map(_pair, pairs.values())) if note]


def _rates(name: str, known: Sequence[Row]) -> str:
    """The majority rate, or the chance accuracy, of each task that has it."""
    rows = [row for row in known if row.class_balance.reference[0] == name]
    rates = {row.task: row.class_balance.reference[1] for row in rows}
    if not rates:
        return ""
    listed = ", ".join(f"{task} {rate:.3f}" for task, rate in rates.items())
    more = ""
    if name == "majority rate":
        two = any(row.class_balance.weak.auroc is not None for row in rows)
        scores = "balanced accuracy and AUROC" if two else "balanced accuracy"
        more = f"; for {scores} see report.html or --json"
    return f"{name.capitalize()} ({MEANINGS[name]}): {listed}{more}."


def _pair(rows: Sequence[Row]) -> str:
    """The warning about a supervisor and its student, and the lower controls; may be empty."""
    controls = [row for row in rows if row.control == "lower"]
    return " ".join(filter(None, (_warning(rows), *dict.fromkeys(map(_control, controls)))))


def _warning(rows: Sequence[Row]) -> str:
    sides: dict[str, None] = {}
    for row in rows:
        balance = row.class_balance
        sides[_side(f"supervisor {row.weak}", row.weak_accuracy, balance.weak)] = None
        sides[_side(f"ceiling of {row.strong}", row.ceiling_accuracy, balance.ceiling)] = None
    said = [text for text in sides if text]
    if not said:
        return ""
    reference = _reference(rows[0])
    return (
        f"Warning: on {rows[0].task}, compared with {reference}, "
        f"{' and '.join(said)}; the PGR says little."
    )


def _side(name: str, accuracy: float, role: RoleBalance) -> str:
    if role.low > 0.0:
        return ""
    scores = [f"difference {_difference(role)}"]
    if role.balanced_accuracy is not None:
        scores.append(f"balanced accuracy {role.balanced_accuracy:.3f}")
    if role.auroc is not None:
        scores.append(f"AUROC {role.auroc:.3f}")
    return f"the {name} ({accuracy:.3f}) is {_verdict(role)} ({', '.join(scores)})"


def _control(row: Row) -> str:
    role = row.class_balance.transfer
    leak = " Warning: a lower control should not be." if role.low > 0.0 else ""
    return (
        f"Control {row.method} ({row.weak}, {row.strong}) on {row.task}: "
        f"{row.transfer_accuracy:.3f} is {_verdict(role)} than {_reference(row)} "
        f"(difference {_difference(role)}).{leak}"
    )


def _reference(row: Row) -> str:
    name, value = row.class_balance.reference
    return f"the {name} {value:.3f}"


def _verdict(role: RoleBalance) -> str:
    if role.low > 0.0:
        return "better"
    return "not clearly better" if role.difference > 0.0 else "not better"


def _difference(role: RoleBalance) -> str:
    return signed_text(role.difference, role.low, role.high)
