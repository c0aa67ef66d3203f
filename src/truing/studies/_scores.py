"""Scores: stored results of the steps that use the ground truth of the test items."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from truing.measures import Metric
from truing.studies._class_balance import ClassBalance


@dataclass(frozen=True)
class RoleScore:
    """Accuracy of a supervisor, student or ceiling.

    Attributes:
        accuracy: mean over seeds.
        low, high: 95% interval of the mean.
        by_seed: value of the study's metric for each seed.
    """

    accuracy: float
    low: float
    high: float
    by_seed: list[float]


@dataclass(frozen=True)
class Scores:
    """Result of a score step; `Row` describes the fields."""

    n_test: int
    weak: RoleScore
    transfer: RoleScore
    ceiling: RoleScore
    pgr: float | None
    pgr_low: float | None
    pgr_high: float | None
    pgr_sd: float | None
    baseline: str
    note: str
    class_balance: ClassBalance
    metric: Metric = "accuracy"

    def to_json(self) -> dict[str, Any]:
        """JSON values for the store."""
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Read the values of `to_json`."""
        roles = {name: RoleScore(**stored[name]) for name in ("weak", "transfer", "ceiling")}
        balance = ClassBalance.from_json(stored["class_balance"])
        return cls(**{**stored, **roles, "class_balance": balance})
