"""Table of a study that compares each accuracy with the majority rate or chance accuracy."""

from __future__ import annotations

from collections.abc import Sequence

from truing.report._majority import balance_of, majority_notes
from truing.report._texts import by_pair, estimate_text, signed_text
from truing.report.page._page import Table
from truing.studies import RoleBalance, Row


def balance_table(rows: Sequence[Row]) -> Table:
    """Table of the accuracies minus the majority rate or the chance accuracy."""
    shown: list[tuple[str, ...]] = []
    for name, group in by_pair([row for row in rows if row.class_balance]).items():
        balance = balance_of(group[0])
        reference, rate = balance.reference
        shown.append((f"{name}; {reference} {rate:.3f}",))
        shown.append((f"supervisor {group[0].weak}", *_role(balance.weak)))
        for row in group:
            shown.append((f"student by {row.method}", *_role(balance_of(row).transfer)))
        ceilings = {balance_of(row).ceiling: None for row in group}
        shown += [(f"ceiling of {group[0].strong}", *_role(one)) for one in ceilings]
    names = dict.fromkeys(balance_of(row).reference[0] for row in rows if row.class_balance)
    reference = " or ".join(names)
    heads = ["", f"#accuracy minus {reference}"]
    if "majority rate" in names:
        heads.append("#balanced accuracy")
        if any(cells[-1] for cells in shown if len(cells) > 1):
            heads.append("#AUROC")
    cells = tuple(cells[: len(heads)] for cells in shown)
    caption = f"Comparison with the {reference}, with 95% intervals"
    return Table(caption, tuple(heads), cells, " ".join(majority_notes(rows)))


def _role(role: RoleBalance) -> tuple[str, ...]:
    scores = (role.score("balanced_accuracy"), role.score("auroc"))
    shown = ("" if score.value is None else estimate_text(score) for score in scores)
    return (signed_text(role), *shown)
