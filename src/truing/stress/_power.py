"""Power card: for each plant and monitor, the smallest strength that is detected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from truing.measures import UNDEFINED, is_reachable, raise_alarms, reach_note, smallest_strength
from truing.stress._row import PowerRow, StressRow

POWER = 0.8  # wanted share of detected systems
FPR = 0.05  # declared false-positive rate


def power_rows(rows: Sequence[StressRow], two_sided: Mapping[str, bool]) -> list[PowerRow]:
    """The power card of the rows of a stress test.

    Args:
        rows: the rows.
        two_sided: by monitor, whether an unusually low suspicion is as suspicious as a high one;
            that of the combination is not.
    """
    groups: dict[tuple[str, str], list[StressRow]] = {}
    for row in rows:
        groups.setdefault((row.plant, row.monitor), []).append(row)
    return [
        _power_row(sorted(group, key=lambda row: row.strength), two_sided.get(monitor, False))
        for (_, monitor), group in groups.items()
    ]


def _power_row(rows: Sequence[StressRow], two_sided: bool) -> PowerRow:
    """The row of one plant and monitor, from its rows in the order of their strengths."""
    first, strengths = rows[0], [row.strength for row in rows]
    strength, audits, note = UNDEFINED, UNDEFINED, reach_note([FPR], first.references)
    reachable = is_reachable(FPR, first.references)
    if reachable:
        alarms = [
            raise_alarms(row.scores["planted"], row.scores["references"], FPR, two_sided=two_sided)
            for row in rows
        ]
        found = smallest_strength(strengths, alarms, power=POWER)
        strength, note = found.strength, found.note
        detected = [row for row in rows if row.strength == found.tested]
        audits = detected[0].audits if detected else UNDEFINED
    return PowerRow(
        plant=first.plant,
        monitor=first.monitor,
        system=first.system,
        strength=strength,
        largest=strengths[-1],
        power=POWER,
        fpr=FPR,
        labels=first.labels,
        audits=audits,
        note=note,
        reachable=reachable,
    )
