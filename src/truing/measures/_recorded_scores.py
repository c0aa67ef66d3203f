"""Recorded suspicion scores, checked, as arrays with the same items for all monitors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from truing.measures._suspicion import Audited, resampled_suspicion

SHARED = ("attack", "cluster", "group")  # fields that are equal for all monitors
OUTCOMES = {"success": 1.0, "correct": 1.0, "trusted": 0.0}

Row = Mapping[str, Any]


@dataclass(frozen=True)
class RecordedScores:
    """Scores of all monitors as arrays; items are in the same order for all monitors.

    Attributes:
        attack_N: (N,) whether an item is an attack.
        clusters_N: (N,) number of the item's cluster.
        groups: (N,) rows of each group: its attack rows, its honest rows and honest rows without a
            group.
        columns: for each monitor (N,) `score` and each of `OUTCOMES`.
    """

    attack_N: np.ndarray
    clusters_N: np.ndarray
    groups: dict[str, np.ndarray]
    columns: dict[str, dict[str, np.ndarray]]

    @classmethod
    def of(cls, rows: Iterable[Row], audited: Audited) -> RecordedScores:
        """Arrays of the rows that `monitors_from_rows` receives.

        Raises:
            ValueError: monitors score different items, an item has two rows of one monitor, rows
                of an item disagree, or a group lacks attack rows or honest rows.
        """
        items = _items(rows, audited)
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
        attack_N = np.array(attack, dtype=bool)
        return cls(attack_N, clusters_N, _groups(group, attack_N), columns)


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
        items[monitor] = {id_: _item_row(monitor, id_, own[id_], audited) for id_ in order}
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


def _item_row(monitor: str, id_: Any, rows: list[Row], audited: Audited) -> Row:
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
