"""Table of a study that compares each accuracy with the majority rate or chance accuracy."""

from __future__ import annotations

from collections.abc import Sequence

from truing.report._figures import signed_text
from truing.report._majority import majority_notes
from truing.report.page._page import Table
from truing.report.page._study_charts import by_pair
from truing.studies import RoleBalance, Row


def balance_table(rows: Sequence[Row]) -> Table:
    """What the accuracies are worth beside the majority rate or the chance accuracy."""
    shown: list[tuple[str, ...]] = []
    for name, held in by_pair([row for row in rows if row.class_balance]).items():
        balance = held[0].class_balance
        reference, rate = balance.reference
        shown.append((f"{name}; {reference} {rate:.3f}",))
        shown.append((f"supervisor {held[0].weak}", *_role(balance.weak)))
        for row in held:
            shown.append((f"student by {row.method}", *_role(row.class_balance.transfer)))
        ceilings = {row.class_balance.ceiling: None for row in held}
        shown += [(f"ceiling of {held[0].strong}", *_role(one)) for one in ceilings]
    names = dict.fromkeys(row.class_balance.reference[0] for row in rows if row.class_balance)
    beside = " or ".join(names)
    heads = ["", f"#accuracy less {beside}"]
    if "majority rate" in names:
        heads += ["#balanced accuracy", "#AUROC"]
    cells = tuple(cells[: len(heads)] for cells in shown)
    caption = f"Beside the {beside}, with 95% intervals"
    return Table(caption, tuple(heads), cells, " ".join(majority_notes(rows)))


def _role(role: RoleBalance) -> tuple[str, ...]:
    scores = (role.balanced_accuracy, role.auroc)
    shown = ("" if score is None else f"{score:.3f}" for score in scores)
    return (signed_text(role.difference, role.low, role.high), *shown)
