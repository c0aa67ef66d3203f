"""Notes that compare accuracies with the majority rate or the chance accuracy."""

from __future__ import annotations

from collections.abc import Sequence

from truing.measures import Estimate
from truing.report._texts import by_pair, signed_text
from truing.studies import ClassBalance, RoleBalance, Row

MEANINGS = {
    "majority rate": "always naming the most common class",
    "chance accuracy": "mean of 1 / number of choices",
}


def majority_notes(rows: Sequence[Row], hint: bool = False) -> list[str]:
    """One sentence on the majority rates or chance accuracies of the tasks, and one per pair.

    A pair is a task, a supervisor and a student. A pair has a sentence if the supervisor or the
    ceiling is not better than the rate, or if there is a lower control (shuffled).

    Args:
        rows: the rows of a study.
        hint: say where the balanced accuracies are.
    """
    known = [row for row in rows if row.class_balance]
    found = [_rates(name, known, hint) for name in MEANINGS]
    return [note for note in dict.fromkeys((*found, *map(_pair, by_pair(known).values()))) if note]


def balance_of(row: Row) -> ClassBalance:
    """The class balance of a row that has one."""
    assert row.class_balance is not None, "rows without a class balance are left out before"
    return row.class_balance


def _rates(name: str, known: Sequence[Row], hint: bool) -> str:
    """A sentence with the majority rate, or the chance accuracy, of each task that has it."""
    rows = [row for row in known if balance_of(row).reference[0] == name]
    rates = {row.task: balance_of(row).reference[1] for row in rows}
    if not rates:
        return ""
    listed = ", ".join(f"{task} {rate:.3f}" for task, rate in rates.items())
    more = ""
    if hint and name == "majority rate":
        two = any(balance_of(row).weak.auroc is not None for row in rows)
        scores = "balanced accuracy and AUROC" if two else "balanced accuracy"
        more = f"; for {scores} see report.html or --json"
    return f"{name.capitalize()} of the test items ({MEANINGS[name]}): {listed}{more}."


def _pair(rows: Sequence[Row]) -> str:
    """The warning about a pair and the sentences on its lower controls; may be empty."""
    controls = [row for row in rows if row.control == "lower"]
    return " ".join(filter(None, (_warning(rows), *dict.fromkeys(map(_control, controls)))))


def _warning(rows: Sequence[Row]) -> str:
    sides: dict[str, None] = {}
    for row in rows:
        balance = balance_of(row)
        sides[_side(f"supervisor {row.weak}", row.weak_accuracy, balance.weak)] = None
        sides[_side(f"ceiling of {row.strong}", row.ceiling_accuracy, balance.ceiling)] = None
    weak = [text for text in sides if text]
    if not weak:
        return ""
    reference = _reference(rows[0])
    return (
        f"Warning: on {rows[0].task}, compared with {reference}, "
        f"{' and '.join(weak)}; the PGR is not informative."
    )


def _side(name: str, accuracy: float, role: RoleBalance) -> str:
    if role.low > 0.0:
        return ""
    scores = [f"difference {difference_of(role)}"]
    if role.balanced_accuracy is not None:
        scores.append(f"balanced accuracy {role.balanced_accuracy:.3f}")
    if role.auroc is not None:
        scores.append(f"AUROC {role.auroc:.3f}")
    return f"the {name} ({accuracy:.3f}) is {_verdict(role)} ({', '.join(scores)})"


def _control(row: Row) -> str:
    role = balance_of(row).transfer
    leak = " Warning: a lower control must not be better." if role.low > 0.0 else ""
    return (
        f"Control {row.method} ({row.weak}, {row.strong}) on {row.task}: "
        f"{row.transfer_accuracy:.3f} is {_verdict(role)} than {_reference(row)} "
        f"(difference {difference_of(role)}).{leak}"
    )


def _reference(row: Row) -> str:
    name, value = balance_of(row).reference
    return f"the {name} {value:.3f}"


def _verdict(role: RoleBalance) -> str:
    if role.low > 0.0:
        return "better"
    return "not clearly better" if role.difference > 0.0 else "not better"


def difference_of(role: RoleBalance) -> str:
    """Text of an accuracy minus the majority rate or the chance accuracy."""
    return signed_text(Estimate(role.difference, role.low, role.high))
