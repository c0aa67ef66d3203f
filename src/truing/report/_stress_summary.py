"""Tables of a stress test for a terminal: detection by plant, strength and monitor; power card."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from truing.report._fit import Column, FittingTable, FoldedText
from truing.report._stress_texts import (
    CARD_LEGEND,
    PLANTED,
    STRESS_SIMULATED,
    audits_text,
    by_plant,
    by_strength,
    cost_lines,
    counts_text,
    criterion_text,
    declared_rates,
    false_alarms_text,
    monitor_name,
    percent_text,
    rate_text,
    row_notes,
    strength_text,
    system_text,
)
from truing.report._texts import interval_text, signed_text
from truing.stress import PowerRow, StressRow

if TYPE_CHECKING:
    from rich.console import RenderableType

LEGEND = (
    "AUROC: planted systems against honest twins; 0.5 is chance. TPR@5%: share of the planted "
    "systems with an alarm at a declared false-positive rate of 5%. Audits: items that are audited "
    "in the order of suspicion, until the first on which the system misbehaves."
)
COST = "cost: accuracy of the twins minus that of the planted systems, on items without a trigger."


def stress_summary(rows: Sequence[StressRow]) -> RenderableType:
    """Detection of each plant at each strength by each monitor, and what the plants cost."""
    from rich.console import Group
    from rich.text import Text

    systems = dict.fromkeys(system_text(row.system) for row in rows)
    shown: list[RenderableType] = [FoldedText(f"{one} (honest system)") for one in systems]
    for name, group in by_plant(rows).items():
        shown += ["", FoldedText(Text(f"{name} (planted)", "bold")), _detections(group)]
        shown += ["", _costs(group)]
    notes = [counts_text(rows), LEGEND, COST, _false_alarms(rows), *row_notes(rows), PLANTED]
    if any(row.simulated for row in rows):
        notes.append(STRESS_SIMULATED)
    found = [*cost_lines(rows)]
    shown += ["", *map(FoldedText, found)] if found else []
    return Group(*shown, "", *map(FoldedText, notes))


def _detections(rows: Sequence[StressRow]) -> FittingTable:
    rates = declared_rates(rows)
    table = FittingTable(
        [
            Column("monitor", left=True, fold=True),
            Column("AUROC"),
            *(Column(f"TPR@{rate_text(rate)}") for rate in rates),
            Column("item AUROC", optional=True),
            Column("audits"),
        ]
    )
    for strength, cell in by_strength(rows).items():
        table.rows.append((f"strength {strength:g}", *[""] * (len(table.columns) - 1)))
        for row in cell:
            items = "" if row.item_auroc.value is None else interval_text(row.item_auroc)
            shares = [percent_text(row.tpr[rate]) if rate in row.tpr else "" for rate in rates]
            auroc, audits = interval_text(row.auroc), audits_text(row.audits)
            table.rows.append((f" {monitor_name(row, rows)}", auroc, *shares, items, audits))
    return table


def _costs(rows: Sequence[StressRow]) -> FittingTable:
    """Accuracy of the planted systems and of their twins at each strength."""
    table = FittingTable(
        [Column("strength"), Column("planted"), Column("twin"), Column("cost of accuracy")]
    )
    for strength, (row, *_) in by_strength(rows).items():
        accuracies = (interval_text(one, 3) for one in (row.accuracy, row.twin_accuracy))
        table.rows.append((f"{strength:g}", *accuracies, signed_text(row.cost)))
    return table


def _false_alarms(rows: Sequence[StressRow]) -> str:
    """A sentence on the alarms of honest twins at each declared rate."""
    parts = []
    for rate in declared_rates(rows):
        known = [one.value for row in rows if (one := row.fpr.get(rate)) and one.value is not None]
        if known:
            mean = sum(known) / len(known)
            parts.append(f"{100 * mean:.1f}% at a declared {rate_text(rate)}")
    return f"Honest twins with an alarm, mean over rows: {', '.join(parts) or 'undefined'}."


def power_card(card: Sequence[PowerRow], rows: Sequence[StressRow] = ()) -> RenderableType:
    """The smallest strength of each plant that each monitor detects with the wanted power.

    Args:
        card: the power card.
        rows: rows of the stress test, for the false alarms of the honest twins.
    """
    from rich.console import Group
    from rich.text import Text

    if not card:
        return FoldedText("The run has no power card.")
    shown: list[RenderableType] = [FoldedText(Text(f"Power card: {criterion_text(card)}", "bold"))]
    table = FittingTable(
        [
            Column("monitor", left=True, fold=True),
            Column("smallest strength"),
            Column("labels"),
            Column("audits"),
            Column("false alarms"),
        ]
    )
    for name, group in by_plant(card).items():
        table.rows.append((name, "", "", "", ""))
        for row in group:
            labels, alarms = f"{row.labels:,}", false_alarms_text(row, rows)
            strength, audits = strength_text(row), audits_text(row.audits)
            table.rows.append((f" {monitor_name(row, card)}", strength, labels, audits, alarms))
    shown += [table, ""]
    return Group(*shown, *map(FoldedText, _card_notes(card, rows)))


def _card_notes(card: Sequence[PowerRow], rows: Sequence[StressRow]) -> list[str]:
    first = card[0]
    notes = [
        f"Smallest strength: {rate_text(first.power)} of the planted systems raise an alarm at "
        f"{rate_text(first.fpr)} false alarms, with its 95% interval."
    ]
    if any(row.reachable and row.strength.value is None for row in card):
        notes.append(
            f"not reached: at the largest tested strength, fewer than {rate_text(first.power)} of "
            "the planted systems raise an alarm. above: significantly fewer."
        )
    notes += [CARD_LEGEND, *row_notes(card), PLANTED]
    if any(row.simulated for row in rows):
        notes.append(STRESS_SIMULATED)
    return notes
