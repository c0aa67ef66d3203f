"""Table of a study that sets each accuracy beside the majority rate."""

from __future__ import annotations

from collections.abc import Sequence

from truing.report._figures import signed_text
from truing.report._majority import majority_notes
from truing.report.page._page import Table
from truing.report.page._study_charts import by_pair
from truing.studies import RoleBalance, Row


def balance_table(rows: Sequence[Row]) -> Table:
    """What the accuracies are worth beside the majority rate."""
    shown: list[tuple[str, ...]] = []
    for name, held in by_pair([row for row in rows if row.class_balance]).items():
        balance = held[0].class_balance
        shown.append((f"{name}; majority rate {balance.majority_rate:.3f}",))
        shown.append((f"supervisor {held[0].weak}", *_role(balance.weak)))
        for row in held:
            shown.append((f"student by {row.method}", *_role(row.class_balance.transfer)))
        ceilings = {row.class_balance.ceiling: None for row in held}
        shown += [(f"ceiling of {held[0].strong}", *_role(one)) for one in ceilings]
    heads = ("", "#accuracy less majority rate", "#balanced accuracy", "#AUROC")
    caption = "Beside the majority rate, with 95% intervals"
    return Table(caption, heads, tuple(shown), " ".join(majority_notes(rows)))


def _role(role: RoleBalance) -> tuple[str, ...]:
    auroc = "" if role.auroc is None else f"{role.auroc:.3f}"
    difference = signed_text(role.above_majority, role.low, role.high)
    return (difference, f"{role.balanced_accuracy:.3f}", auroc)
