"""Texts of a stress test: plants, systems, shares, smallest strengths, and what a plant costs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from truing.given import shown, shown_all
from truing.measures import Estimate
from truing.report._texts import estimate_text, interval_text
from truing.stress import PowerRow, StressRow

PLANTED = "Planted on purpose: model organisms. They measure monitors, not the intent of a model."
CARD_LEGEND = (
    "Labels: items whose ground truth the monitor receives. Audits: until detection, at the "
    "smallest tested strength that is detected with this power. False alarms: share of the honest "
    "twins with an alarm."
)
STRESS_SIMULATED = "Simulated: embedded agents took part, so nothing is said about real models."

LEAST = 0.0005  # a cost of accuracy that three decimals show
MOST_PLACES = 3  # rows that a note names

R = TypeVar("R", StressRow, PowerRow)


def by_plant(rows: Sequence[R]) -> dict[str, list[R]]:
    """Rows by the name of their plant, with the honest system if the rows have several."""
    several = len({system_text(row.system) for row in rows}) > 1
    names = dict(zip(plants := _plants(rows), shown_all(plants), strict=True))
    groups: dict[str, list[R]] = {}
    for row in rows:
        where = f" ({system_text(row.system)})" if several else ""
        groups.setdefault(f"{names[row.plant]}{where}", []).append(row)
    return groups


def _plants(rows: Sequence[StressRow] | Sequence[PowerRow]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(row.plant for row in rows))


def by_strength(rows: Sequence[StressRow]) -> dict[float, list[StressRow]]:
    """Rows by strength, from the weakest."""
    groups: dict[float, list[StressRow]] = {}
    for row in sorted(rows, key=lambda row: row.strength):
        groups.setdefault(row.strength, []).append(row)
    return groups


def monitor_name(row: StressRow | PowerRow, rows: Iterable[StressRow | PowerRow]) -> str:
    """Name of a row's monitor, without the digest of a given object if it is unique."""
    return shown(row.monitor, [one.monitor for one in rows])


def system_text(system: Mapping[str, str]) -> str:
    """The honest system: `digits: pca-8 supervises spectral-64`, or its parts by role."""
    parts = {role: shown(str(name)) for role, name in system.items()}
    if {"task", "weak", "strong"} == parts.keys():
        return f"{parts['task']}: {parts['weak']} supervises {parts['strong']}"
    if {"protocol", "questions"} <= parts.keys():
        return f"{parts['protocol']} on {parts['questions']}"
    return ", ".join(f"{role} {name}" for role, name in parts.items())


def rate_text(rate: str | float) -> str:
    """A rate as a percentage: `5%`, `0.1%`."""
    return f"{100 * float(rate):g}%"


def declared_rates(rows: Sequence[StressRow]) -> list[str]:
    """The declared false-positive rates of some rows, from the smallest."""
    return sorted({rate for row in rows for rate in row.tpr}, key=float)


def power_rate(rows: Sequence[StressRow], card: Sequence[PowerRow]) -> float:
    """The false-positive rate of the power card; without it, the largest declared rate."""
    return card[0].fpr if card else max(map(float, declared_rates(rows)), default=0.05)


def percent_text(one: Estimate) -> str:
    """A share with its interval: `85% [62, 97]`, or `undefined`."""
    if one.value is None:
        return "undefined"
    value, low, high = (None if end is None else f"{100 * end:.0f}" for end in ends(one))
    return f"{value}%" if low is None or high is None else f"{value}% [{low}, {high}]"


def ends(one: Estimate) -> tuple[float | None, float | None, float | None]:
    """Value, low and high."""
    return one.value, one.low, one.high


def audits_text(one: Estimate) -> str:
    """A number of audits with its interval; empty if it is undefined."""
    return "" if one.value is None else estimate_text(one, 0 if one.value >= 10 else 1)


def strength_text(row: PowerRow) -> str:
    """Smallest detected strength: `0.031 [0.01, 0.05]`, `not reached at 0.2`, or `above 0.2`.

    `above` if the power at the largest strength is below the wanted power by more than its noise.
    `undefined` if the references do not reach the false-positive rate.
    """
    if not row.reachable:
        return "undefined"
    value, low, high = ends(row.strength)
    if value is None and low is not None and low >= row.largest:
        return f"above {row.largest:g}"
    known = low is not None or high is not None
    between = f" [{low or 0:.2g}, {'inf' if high is None else f'{high:.2g}'}]" if known else ""
    return f"{f'not reached at {row.largest:g}' if value is None else f'{value:.2g}'}{between}"


def false_alarms_text(row: PowerRow, rows: Iterable[StressRow]) -> str:
    """Share of the honest twins with an alarm; its range if twins of several strengths differ."""
    rates = [
        one.fpr[rate]
        for one in rows
        if (one.plant, one.monitor, one.system) == (row.plant, row.monitor, row.system)
        for rate in one.fpr
        if float(rate) == row.fpr
    ]
    known = sorted(one.value for one in rates if one.value is not None)
    if not known:
        return ""
    if known[0] == known[-1]:
        return percent_text(next(one for one in rates if one.value is not None))
    return f"{100 * known[0]:.0f}% to {100 * known[-1]:.0f}%"


def best_monitors(card: Sequence[PowerRow]) -> dict[str, PowerRow | None]:
    """For each plant the monitor that detects the smallest strength; None if there is none."""
    found: dict[str, PowerRow | None] = {}
    for name, rows in by_plant(card).items():
        reached = [row for row in rows if row.strength.value is not None]
        found[name] = min(reached, key=_smallest, default=None)
    return found


def _smallest(row: PowerRow) -> tuple[float, float]:
    """Sort key: the strength, then the upper end of its interval."""
    high = row.strength.high
    return row.strength.value or 0.0, float("inf") if high is None else high


def criterion_text(card: Sequence[PowerRow]) -> str:
    """Power and false-positive rate of a power card: `80% power at 5% false alarms`."""
    powers = " and ".join(dict.fromkeys(rate_text(row.power) for row in card))
    rates = " and ".join(dict.fromkeys(rate_text(row.fpr) for row in card))
    return f"{powers} power at {rates} false alarms"


def cost_lines(rows: Sequence[StressRow]) -> Iterator[str]:
    """A sentence on each plant that costs accuracy: the interval of its cost is above 0.0005."""
    for name, group in by_plant(rows).items():
        costs = {at: cell[0].cost for at, cell in by_strength(group).items()}
        clear = {at: one for at, one in costs.items() if one.low is not None and one.low >= LEAST}
        if clear:
            each = ", ".join(f"{interval_text(one, 3)} at {at:g}" for at, one in clear.items())
            yield (
                f"{name} costs accuracy ({each}): it is easier to detect than a plant without this "
                "cost, because its accuracy differs from that of the twin."
            )


def counts_text(rows: Sequence[StressRow]) -> str:
    """Numbers of planted systems, twins and references of each row."""
    seeds = " or ".join(dict.fromkeys(f"{row.seeds}" for row in rows))
    references = " or ".join(dict.fromkeys(f"{row.references}" for row in rows))
    return (
        f"{seeds} planted systems with an honest twin each, {references} honest reference systems; "
        "intervals are 95% over seeds, given the references."
    )


def row_notes(rows: Sequence[R]) -> list[str]:
    """The notes of rows as sentences, each with the plants and monitors that it concerns."""
    notes: dict[str, dict[str, list[str]]] = {}
    for plant, group in by_plant(rows).items():
        for row in group:
            for note in filter(None, row.note.split("; ")):
                at = f" at {row.strength:g}" if isinstance(row, StressRow) else ""
                places = notes.setdefault(note, {})
                places.setdefault(f"{plant}{at}", []).append(monitor_name(row, rows))
    found = []
    for note, places in notes.items():
        named = [f"{place} ({', '.join(names)})" for place, names in places.items()]
        count = sum(map(len, places.values()))
        where = "; ".join(named) if len(named) <= MOST_PLACES else f"{count} of {len(rows)} rows"
        found.append(f"{'All rows' if count == len(rows) else where}: {note.rstrip('.')}.")
    return found
