"""Notes on the majority rate: who is not better, and the shuffled control beside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from truing.report._figures import signed_text
from truing.studies import RoleBalance, Row


def majority_notes(rows: Sequence[Row]) -> list[str]:
    """A sentence for each task's majority rate, and one for each warning."""
    known = [row for row in rows if row.class_balance]
    rates = {row.task: row.class_balance.majority_rate for row in known}
    if not rates:
        return []
    listed = ", ".join(f"{task} {rate:.3f}" for task, rate in rates.items())
    two = any(row.class_balance.weak.auroc is not None for row in known)
    more = "balanced accuracy and AUROC" if two else "balanced accuracy"
    return [
        f"Majority rate (always naming the most common class): {listed}; for {more} see "
        "report.html or --json.",
        *dict.fromkeys(note for row in known for note in _warnings(row)),
    ]


def _warnings(row: Row) -> Iterator[str]:
    balance = row.class_balance
    rate = f"the majority rate {balance.majority_rate:.3f}"
    sides = [
        (f"supervisor {row.weak}", row.weak_accuracy, balance.weak),
        (f"ceiling of {row.strong}", row.ceiling_accuracy, balance.ceiling),
    ]
    for name, accuracy, role in sides:
        if role.low <= 0.0:
            yield (
                f"Warning: on {row.task} the {name} ({accuracy:.3f}) is not better than {rate} "
                f"(difference {_difference(role)}); its PGR says little. Balanced accuracy "
                f"{role.balanced_accuracy:.3f}{_auroc(role)}."
            )
    if row.method.partition(",")[0] == "shuffled":
        role = balance.transfer
        leak = " Warning: shuffled labels should not be." if role.low > 0.0 else ""
        better = "better" if role.low > 0.0 else "not better"
        yield (
            f"Control shuffled ({row.weak}, {row.strong}) on {row.task}: "
            f"{row.transfer_accuracy:.3f} is {better} than {rate} "
            f"(difference {_difference(role)}).{leak}"
        )


def _difference(role: RoleBalance) -> str:
    return signed_text(role.above_majority, role.low, role.high)


def _auroc(role: RoleBalance) -> str:
    return "" if role.auroc is None else f", AUROC {role.auroc:.3f}"
