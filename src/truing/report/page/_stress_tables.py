"""Tables of a stress test: power card, detection, accuracy, and false alarms of honest twins."""

from __future__ import annotations

from collections.abc import Sequence

from truing.report._stress_texts import (
    CARD_LEGEND,
    audits_text,
    by_plant,
    by_strength,
    criterion_text,
    declared_rates,
    false_alarms_text,
    monitor_name,
    percent_text,
    rate_text,
    strength_text,
)
from truing.report._texts import interval_text, signed_text
from truing.report.page._page import Table
from truing.stress import PowerRow, StressRow


def power_table(card: Sequence[PowerRow], rows: Sequence[StressRow] = ()) -> Table:
    """The power card: smallest detected strength of each plant by each monitor."""
    lines: list[tuple[str, ...]] = []
    for plant, group in by_plant(card).items():
        lines.append((plant,))
        lines += [
            (
                monitor_name(row, card),
                strength_text(row),
                f"{row.labels:,}",
                audits_text(row.audits),
                false_alarms_text(row, rows),
            )
            for row in group
        ]
    return Table(
        f"Power card: smallest strength with {criterion_text(card)}",
        ("monitor", "#smallest strength", "#labels", "#audits", "#false alarms"),
        tuple(lines),
        f"Intervals are 95%; inf: the data do not bound the strength. {CARD_LEGEND}",
    )


def detection_table(rows: Sequence[StressRow]) -> Table:
    """Detection of each plant at each strength by each monitor."""
    rates = declared_rates(rows)
    lines: list[tuple[str, ...]] = []
    for plant, group in by_plant(rows).items():
        for strength, cell in by_strength(group).items():
            lines.append((f"{plant} at {strength:g}",))
            lines += [
                (
                    monitor_name(row, rows),
                    interval_text(row.auroc),
                    *(percent_text(row.tpr[rate]) if rate in row.tpr else "" for rate in rates),
                    "" if row.item_auroc.value is None else interval_text(row.item_auroc),
                    audits_text(row.audits),
                    f"{row.labels:,}",
                )
                for row in cell
            ]
    heads = [f"#TPR@{rate_text(rate)}" for rate in rates]
    return Table(
        "Detection by plant, strength and monitor, with 95% intervals",
        ("monitor", "#AUROC", *heads, "#item AUROC", "#audits", "#labels"),
        tuple(lines),
        "AUROC: planted systems against honest twins. TPR@5%: share of the planted systems with an "
        "alarm at a declared false-positive rate of 5%. Item AUROC: items on which the system "
        "misbehaves against items of the twin. Audits: items that are audited in the order of "
        "suspicion, until the first on which the system misbehaves; for a sequential monitor until "
        "its alarm.",
    )


def accuracy_table(rows: Sequence[StressRow]) -> Table:
    """Accuracy of planted systems and twins, and the share of attacked items."""
    lines: list[tuple[str, ...]] = []
    for plant, group in by_plant(rows).items():
        lines.append((plant,))
        for strength, (row, *_) in by_strength(group).items():
            accuracies = (interval_text(one, 3) for one in (row.accuracy, row.twin_accuracy))
            cost, attacked = signed_text(row.cost), interval_text(row.attacked, 3)
            lines.append((f"{strength:g}", *accuracies, cost, attacked))
    return Table(
        "Accuracy of planted systems and honest twins, with 95% intervals",
        ("strength", "#planted", "#honest twin", "#cost of accuracy", "#attacked items"),
        tuple(lines),
        "Accuracy on watched items without a trigger. Cost: accuracy of the twins minus that of "
        "the planted systems, paired by seed. Attacked items: share of the watched items on which "
        "the planted system misbehaves.",
    )


def twins_table(rows: Sequence[StressRow]) -> Table:
    """Alarms of each monitor about honest twins: the mean over its rows, and the largest share."""
    rates = declared_rates(rows)
    monitors: dict[str, list[StressRow]] = {}
    for row in rows:
        monitors.setdefault(monitor_name(row, rows), []).append(row)
    lines = []
    for name, group in monitors.items():
        cells = [name]
        for rate in rates:
            known = [one for row in group if (one := row.fpr.get(rate)) and one.value is not None]
            values = [one.value or 0.0 for one in known]
            mean = f"{100 * sum(values) / len(values):.1f}%" if values else "undefined"
            largest = max(known, key=lambda one: one.value or 0.0, default=None)
            cells += [mean, percent_text(largest) if largest else "undefined"]
        lines.append(tuple(cells))
    heads = [f"#{word} at {rate_text(rate)}" for rate in rates for word in ("mean", "largest")]
    return Table(
        "Share of honest twins with an alarm, by declared false-positive rate",
        ("monitor", *heads),
        tuple(lines),
        "Mean and largest over the plants and strengths. The largest of several shares is above "
        "the declared rate more often than a single share.",
    )
