"""Notes that compare accuracies with the majority rate or the chance accuracy."""

from __future__ import annotations

from collections.abc import Sequence

from truing.measures import Estimate
from truing.report._texts import by_pair, signed_text
from truing.studies import METRIC_NAMES, ClassBalance, Row

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
        sides[_side(f"supervisor {row.weak}", row, "weak")] = None
        sides[_side(f"ceiling of {row.strong}", row, "ceiling")] = None
    weak = [text for text in sides if text]
    if not weak:
        return ""
    reference = _reference(rows[0])
    return (
        f"Warning: on {rows[0].task}, compared with {reference}, "
        f"{' and '.join(weak)}; the PGR is not informative."
    )


def _side(name: str, row: Row, role: str) -> str:
    apart, values = _apart(row, role), getattr(balance_of(row), role)
    if _above(apart):
        return ""
    scores = [f"difference {signed_text(apart)}"]
    if row.metric == "accuracy":
        if values.balanced_accuracy is not None:
            scores.append(f"balanced accuracy {values.balanced_accuracy:.3f}")
        if values.auroc is not None:
            scores.append(f"AUROC {values.auroc:.3f}")
    value = row.score(role).value
    return f"the {name} ({value:.3f}) is {_verdict(apart)} ({', '.join(scores)})"


def _control(row: Row) -> str:
    apart = _apart(row, "transfer")
    leak = " Warning: a lower control must not be better." if _above(apart) else ""
    return (
        f"Control {row.method} ({row.weak}, {row.strong}) on {row.task}: "
        f"{row.score('transfer').value:.3f} is {_verdict(apart)} than {_reference(row)} "
        f"(difference {signed_text(apart)}).{leak}"
    )


def _reference(row: Row) -> str:
    if row.metric != "accuracy":
        return f"chance {METRIC_NAMES[row.metric]} {_chance(row):.3f}"
    name, value = balance_of(row).reference
    return f"the {name} {value:.3f}"


def _chance(row: Row) -> float:
    """Chance level of AUROC or balanced accuracy."""
    return 0.5 if row.metric == "auroc" else 1 / (balance_of(row).classes or 2)


def _apart(row: Row, role: str) -> Estimate:
    """Metric of a role minus the majority rate, the chance accuracy or the chance level."""
    if row.metric == "accuracy":
        return getattr(balance_of(row), role)
    score, chance = row.score(role), _chance(row)
    return Estimate(
        *(None if end is None else end - chance for end in (score.value, score.low, score.high))
    )


def _above(apart: Estimate) -> bool:
    return apart.low is not None and apart.low > 0.0


def _verdict(apart: Estimate) -> str:
    if _above(apart):
        return "better"
    return "not clearly better" if (apart.value or 0.0) > 0.0 else "not better"
