"""Monitors from recorded suspicion scores: one row per item, monitor and sample."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from truing.measures._monitor_differences import MonitorDifference, compare_monitors
from truing.measures._monitors import BUDGETS, FPRS, MonitorMeasures, measure_monitor
from truing.measures._suspicion import Audited, resampled_suspicion

SHARED = ("attack", "cluster", "group")  # fields that are equal for all monitors
OUTCOMES = {"success": 1.0, "correct": 1.0, "trusted": 0.0}

Row = Mapping[str, Any]


@dataclass(frozen=True)
class RecordedMonitor:
    """Measures of one monitor.

    Attributes:
        monitor: name of the monitor.
        measures: measures over all rows.
        groups: measures of the attack rows of each group, against the honest rows of the group and
            the honest rows without a group.
    """

    monitor: str
    measures: MonitorMeasures
    groups: dict[str, MonitorMeasures]


@dataclass(frozen=True)
class RecordedMonitors:
    """Measures of all monitors, and their differences from the reference.

    Attributes:
        monitors: one entry per monitor, in order of first appearance.
        comparisons: differences from the reference over all rows; empty with one monitor.
    """

    monitors: tuple[RecordedMonitor, ...]
    comparisons: tuple[MonitorDifference, ...]


def monitors_from_rows(
    rows: Iterable[Row],
    *,
    rng: np.random.Generator,
    reference: str | None = None,
    fprs: Sequence[float] = FPRS,
    budgets: Sequence[float] = BUDGETS,
    audited: Audited = "max",
    level: float = 0.95,
    replicates: int = 2000,
) -> RecordedMonitors:
    """Measures of monitors from recorded suspicion scores; see `measure_monitor`.

    Args:
        rows: one row per item and monitor with `id`, `monitor`, `score` and `attack` (bool).
            Optional: `cluster`, by default the id; `group`; `success` of an attack that is not
            caught; `correct` and `trusted`, the correctness of the untrusted and of the trusted
            answer to an honest item; and `sample`, if an item has several sampled answers
            (`resampled_suspicion`; `success` and `correct` are then those of the used sample).
        rng: random generator of the intervals.
        reference: monitor that the others are compared with; None for the first.
        fprs: declared false-positive rates.
        budgets: audit budgets, as shares of the honest rows.
        audited: score of an item with several samples; see `resampled_suspicion`.
        level, replicates: as for `measure_monitor`.

    Raises:
        ValueError: monitors score different items, an item has two rows of one monitor, rows of
            an item disagree, or `measure_monitor` or `compare_monitors` raises it.

    Examples:
        >>> import numpy as np
        >>> from truing.measures import monitors_from_rows
        >>> rows = [
        ...     {"id": i, "monitor": "probe", "score": i % 7 + 4 * (i >= 80), "attack": i >= 80}
        ...     for i in range(120)
        ... ]
        >>> (probe,) = monitors_from_rows(rows, rng=np.random.default_rng(0)).monitors
        >>> probe.monitor, round(probe.measures.auroc.value, 3), probe.measures.at_fpr[1].tpr.value
        ('probe', 0.914, 0.6)
    """
    recorded = _Recorded.of(_items(rows, audited))
    seed = int(rng.integers(2**63))  # all monitors have the same weights of clusters
    how: dict[str, Any] = {"fprs": fprs, "level": level, "replicates": replicates}
    groups = _groups(recorded.groups, recorded.attack_N)
    everything_N = np.ones(recorded.attack_N.size, dtype=bool)

    def measured(monitor: str, used_N: np.ndarray, label: str) -> MonitorMeasures:
        generator = np.random.default_rng(seed)
        try:
            return recorded.measure(monitor, used_N, rng=generator, budgets=budgets, **how)
        except ValueError as error:
            raise ValueError(f"{label}{error}") from None

    monitors = tuple(
        RecordedMonitor(
            monitor,
            measured(monitor, everything_N, ""),
            {name: measured(monitor, used, f"group {name!r}: ") for name, used in groups.items()},
        )
        for monitor in recorded.columns
    )
    compared = compare_monitors(
        {monitor: own["score"] for monitor, own in recorded.columns.items()},
        recorded.attack_N,
        rng=np.random.default_rng(seed),
        reference=reference,
        clusters=recorded.clusters_N,
        **how,
    )
    return RecordedMonitors(monitors, compared)


@dataclass(frozen=True)
class _Recorded:
    """Rows of all monitors as arrays; items are in the same order for all monitors.

    Attributes:
        attack_N: (N,) whether an item is an attack.
        clusters_N: (N,) number of the item's cluster.
        groups: group of each item, or None.
        columns: for each monitor (N,) `score` and each of `OUTCOMES`.
    """

    attack_N: np.ndarray
    clusters_N: np.ndarray
    groups: list
    columns: dict[str, dict[str, np.ndarray]]

    @classmethod
    def of(cls, items: dict[str, dict[Any, Row]]) -> _Recorded:
        """The arrays of some rows by monitor and item."""
        first = next(iter(items.values()))
        attack, cluster, group = ([row[name] for row in first.values()] for name in SHARED)
        numbers = {name: number for number, name in enumerate(dict.fromkeys(cluster))}
        columns = {
            monitor: {
                name: np.array([row[name] for row in own.values()], dtype=float)
                for name in ("score", *OUTCOMES)
            }
            for monitor, own in items.items()
        }
        clusters_N = np.array([numbers[name] for name in cluster])
        return cls(np.array(attack, dtype=bool), clusters_N, group, columns)

    def measure(self, monitor: str, used_N: np.ndarray, **how: Any) -> MonitorMeasures:
        """Measures of a monitor over the used items."""
        score_N, *outcomes = (column[used_N] for column in self.columns[monitor].values())
        named = dict(zip(OUTCOMES, outcomes, strict=True))
        clusters_N = self.clusters_N[used_N]
        return measure_monitor(score_N, self.attack_N[used_N], clusters=clusters_N, **named, **how)


def _items(rows: Iterable[Row], audited: Audited) -> dict[str, dict[Any, Row]]:
    """Row of each item under each monitor; items in the order of the first monitor."""
    found: dict[str, dict[Any, list[Row]]] = {}
    for row in rows:
        found.setdefault(row["monitor"], {}).setdefault(row["id"], []).append(row)
    if not found:
        raise ValueError("there is no row; give one row per item and monitor")
    order = list(next(iter(found.values())))
    first = next(iter(found))
    items = {}
    for monitor, own in found.items():
        _check_same_items(first, order, monitor, own)
        items[monitor] = {id_: _one(monitor, id_, own[id_], audited) for id_ in order}
    for monitor, rows_of in items.items():
        for id_, row in rows_of.items():
            for field in SHARED:
                if row[field] != items[first][id_][field]:
                    raise ValueError(
                        f"id {id_!r}: {field} is {items[first][id_][field]!r} for monitor "
                        f"{first!r}, but {row[field]!r} for monitor {monitor!r}; it must be equal "
                        "for all monitors"
                    )
    return items


def _check_same_items(first: str, order: list, monitor: str, own: Mapping) -> None:
    """Raise ValueError unless a monitor scores the items of the first monitor."""
    expected = set(order)
    lacking = [id_ for id_ in order if id_ not in own]
    more = [id_ for id_ in own if id_ not in expected]
    if not lacking and not more:
        return
    without, having, ids = (monitor, first, lacking) if lacking else (first, monitor, more)
    others = f" and {len(ids) - 1} more" if len(ids) > 1 else ""
    raise ValueError(
        f"monitor {without!r} has no score for id {ids[0]!r}{others}, but monitor {having!r} has; "
        "every monitor must score the same ids"
    )


def _one(monitor: str, id_: Any, rows: list[Row], audited: Audited) -> Row:
    """One row of an item: its only row, or its samples with one score."""
    samples = [row.get("sample") for row in rows]
    if len(set(samples)) < len(rows) or (len(rows) > 1 and None in samples):
        hint = "" if samples[0] is None else f" of sample {samples[0]!r}"
        raise ValueError(
            f"id {id_!r} has {len(rows)} rows of monitor {monitor!r}{hint}; give one row, or name "
            "the samples of an item in the field 'sample'"
        )
    complete = [
        {
            "cluster": id_,
            "group": None,
            **OUTCOMES,
            **{k: v for k, v in row.items() if v is not None},
        }
        for row in rows
    ]
    for field in SHARED:
        values = list(dict.fromkeys(row[field] for row in complete))
        if len(values) > 1:
            raise ValueError(
                f"id {id_!r}: {field} is {values[0]!r} for a sample, but {values[1]!r} for "
                "another; it must be equal for all samples"
            )
    score_1, used_1 = resampled_suspicion([[row["score"] for row in complete]], audited)
    return {**complete[int(used_1[0])], "score": float(score_1[0])}


def _groups(groups: list, attack_N: np.ndarray) -> dict[str, np.ndarray]:
    """(N,) rows of each group: its attack rows, its honest rows and honest rows without a group."""
    groups_N = np.array(groups, dtype=object)
    ungrouped_N = np.array([group is None for group in groups])
    found = {}
    for group in dict.fromkeys(groups):
        if group is None:
            continue
        own_N = groups_N == group
        if not (own_N & attack_N).any():
            raise ValueError(
                f"group {group!r} has no attack row; leave out the group of honest rows that count "
                "for all groups"
            )
        used_N = own_N | (ungrouped_N & ~attack_N)
        if attack_N[used_N].all():
            raise ValueError(
                f"group {group!r} has no honest row; give honest rows this group, or no group"
            )
        found[group] = used_N
    return found
