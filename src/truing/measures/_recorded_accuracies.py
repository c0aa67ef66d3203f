"""Recorded accuracies by group, role and seed, checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from truing.measures._metrics import Metric

ROLES = ("weak", "transfer", "ceiling")


def recorded_fields(metric: Metric) -> tuple[str, ...]:
    """Fields of a row that records a metric.

    Examples:
        >>> from truing.measures import recorded_fields
        >>> recorded_fields("auroc")
        ('group', 'role', 'seed', 'auroc', 'n_test', 'n_positive')
    """
    counts = ("n_test",) if metric == "accuracy" else ("n_test", "n_positive")
    return ("group", "role", "seed", metric, *counts)


def group_rows(rows: Iterable[Mapping], metric: Metric) -> list[tuple[object, dict[str, dict]]]:
    """Groups of the rows in order of first appearance, each with its roles."""
    groups: dict[str, tuple[object, dict[str, dict]]] = {}
    for row in rows:
        _enter(row, metric, groups)
    if not groups:
        raise ValueError("1 or more rows of each role are needed, got 0")
    return list(groups.values())


@dataclass(frozen=True)
class Accuracies:
    """Recorded accuracies, or values of another metric, of one role.

    Attributes:
        metric: the metric.
        by_seed: (S,) values.
        n_test: smallest number of test items behind one of them.
        n_positive: smallest number of test items of the positive class; 0 for accuracy.
    """

    metric: Metric
    by_seed: np.ndarray
    n_test: int
    n_positive: int

    @property
    def mean(self) -> float:
        return float(self.by_seed.mean())

    @property
    def seed_variance(self) -> float:
        """Variance of the mean from the spread over seeds; 0 with one seed."""
        S = self.by_seed.size
        return float(np.var(self.by_seed, ddof=1)) / S if S > 1 else 0.0

    @property
    def test_variance(self) -> float:
        """Variance of the mean from the test set, which all seeds share."""
        a, m, n = self.mean, self.n_positive, self.n_test - self.n_positive
        if self.metric == "accuracy":
            return a * (1.0 - a) / self.n_test
        if self.metric == "balanced_accuracy":
            return a * (1.0 - a) * (1 / m + 1 / n) / 4
        two_positives, two_negatives = a / (2.0 - a), 2.0 * a**2 / (1.0 + a)
        spread = (m - 1) * (two_positives - a**2) + (n - 1) * (two_negatives - a**2)
        return (a * (1.0 - a) + spread) / (m * n)


def _enter(row: Mapping, metric: Metric, groups: dict[str, tuple[object, dict[str, dict]]]) -> None:
    """Check a row and store it by group, role and seed."""
    fields = recorded_fields(metric)
    lacking = [field for field in fields if field not in row]
    group = row.get("group")
    if lacking:
        raise ValueError(
            f"group {group!r}: a row has no {', '.join(lacking)}; needed: {', '.join(fields)}"
        )
    role, accuracy, n_test = row["role"], row[metric], row["n_test"]
    seed = _name(row["seed"])
    if role not in ROLES:
        raise ValueError(f"group {group!r}: role must be weak, transfer or ceiling, got {role!r}")
    if not _is_number(accuracy) or not 0.0 <= accuracy <= 1.0:
        raise ValueError(f"group {group!r}: {metric} must be from 0 to 1, got {accuracy!r}")
    if not _is_number(n_test) or n_test < 1 or n_test != int(n_test):
        raise ValueError(f"group {group!r}: n_test must be a whole number above 0, got {n_test!r}")
    positive = row["n_positive"] if "n_positive" in fields else 0
    if metric != "accuracy" and not (
        _is_number(positive) and positive == int(positive) and 1 <= positive < n_test
    ):
        raise ValueError(
            f"group {group!r}: n_positive must be a whole number from 1 to n_test - 1, "
            f"got {positive!r}"
        )
    _, roles = groups.setdefault(_name(group), (group, {}))
    seeds = roles.setdefault(role, {})
    if seed in seeds:
        raise ValueError(f"group {group!r}: {role} of seed {seed} occurs twice; give it once")
    seeds[seed] = (float(accuracy), int(n_test), int(positive))


def _name(value) -> str:
    """Name of a seed or group: 1, 1.0 and "1" have the same name."""
    is_whole = isinstance(value, float | np.floating) and float(value).is_integer()
    return str(int(value) if is_whole else value)


def _is_number(value) -> bool:
    is_number = isinstance(value, int | float | np.integer | np.floating)
    return is_number and not isinstance(value, bool) and bool(np.isfinite(value))


def arrange_roles(group, roles: dict[str, dict], metric: Metric, baseline: str) -> list[Accuracies]:
    """Accuracies of the three roles; paired roles are in the order of the transfer seeds."""
    missing = [role for role in ROLES if role not in roles]
    if missing:
        raise ValueError(f"group {group!r}: no rows of role {', '.join(missing)}; all 3 are needed")
    order = {role: list(roles[role]) for role in ROLES}
    if baseline == "paired":
        seeds = list(roles["transfer"])
        for role in ROLES:
            unpaired = sorted(roles[role].keys() ^ roles["transfer"].keys())
            if unpaired:
                raise ValueError(
                    f"group {group!r}: {role} and transfer differ in seeds {', '.join(unpaired)}; "
                    "baseline 'paired' needs the same seeds in all three roles"
                )
            order[role] = seeds
    arranged = []
    for role in ROLES:
        entries = [roles[role][seed] for seed in order[role]]
        values, n_test, positive = (np.array(column) for column in zip(*entries, strict=True))
        arranged.append(Accuracies(metric, values, int(n_test.min()), int(positive.min())))
    return arranged
