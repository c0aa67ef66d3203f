"""Finding of a study with planted errors: how much naive training inherits, and other methods."""

from __future__ import annotations

from collections.abc import Sequence

from truing.measures import base_verdict
from truing.report._planted import by_plant, counted_differences
from truing.report._texts import interval_text, pair_text
from truing.studies import PlantedRow, Row
from truing.wording import counted, listed

MOST_NAMED = 2
NAIVE = "naive"

Group = Sequence[tuple[Row, PlantedRow]]


def planted_finding(rows: Sequence[Row]) -> list[str]:
    """A sentence on the plant whose errors methods inherit most; empty without planted rows.

    It is on naive training, or without naive on the first method, and names the methods that
    inherit more or less.
    """
    groups = [group for group in by_plant(rows).values() if _first(group)[1].inheritance.value]
    if not groups:
        return []
    group = max(groups, key=lambda one: _first(one)[1].inheritance.value or 0.0)
    row, one = _first(group)
    several = len(by_plant(rows))
    which = f", 1 of {several} plants" if several > 1 else ""
    reached = one.rates.supervisor.value
    of = "" if reached is None else f" (planted labels: {reached:.2f})"
    return [
        f"Planted errors ({one.label}{which}; model organisms): students of {row.method}"
        f"{pair_text(row, rows)} inherit {interval_text(one.inheritance)} of them{of}"
        f"{_compared(group, rows)}."
    ]


def _first(group: Group) -> tuple[Row, PlantedRow]:
    return next((pair for pair in group if pair[0].method == NAIVE), group[0])


def _compared(group: Group, rows: Sequence[Row]) -> str:
    """Methods of a group that inherit more or less than naive, if any is compared."""
    own = [(row, one.difference) for row, one in group if one.difference and not row.control]
    if not own:
        return ""
    parts = []
    for word in ("less", "more"):
        clear = [(row, one) for row, one in own if base_verdict(one.verdict) == word]
        clear.sort(key=lambda pair: -abs(pair[1].value))
        named = [f"{row.method} {one.value:+.2f}" for row, one in clear]
        if len(named) > MOST_NAMED:
            named = [*named[:MOST_NAMED], f"{len(named) - MOST_NAMED} more"]
        parts += [f"{word} than naive: {listed(named)}"] if named else []
    number = counted(len(counted_differences(rows)), "comparison")
    text = ", and ".join(parts) or "no method differs clearly from naive"
    return f"; {text} (Holm-corrected over {number})"
