"""Scores: results of the steps that meet the truth of the test items, as the store keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from truing.studies._class_balance import ClassBalance


@dataclass(frozen=True)
class RoleScore:
    """Accuracy of a supervisor, student or ceiling.

    Attributes:
        accuracy: mean over seeds.
        low, high: its 95% interval.
        by_seed: accuracy of each seed.
    """

    accuracy: float
    low: float
    high: float
    by_seed: list[float]


@dataclass(frozen=True)
class Scores:
    """Result of a score step; for the fields see `Row`."""

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

    def to_json(self) -> dict[str, Any]:
        """As the store keeps it."""
        return asdict(self)

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Self:
        """Read what `to_json` made."""
        roles = {name: RoleScore(**kept[name]) for name in ("weak", "transfer", "ceiling")}
        balance = ClassBalance.from_json(kept["class_balance"])
        return cls(**{**kept, **roles, "class_balance": balance})


@dataclass(frozen=True)
class AccuracyGain:
    """Result of a compare step: accuracy of the first minus the second, paired.

    Attributes:
        value, low, high: the difference and its 95% interval.
        p: two-sided.
    """

    value: float
    low: float
    high: float
    p: float

    def to_json(self) -> dict[str, float]:
        """As the store keeps it."""
        return asdict(self)

    @classmethod
    def from_json(cls, kept: Mapping[str, float]) -> Self:
        """Read what `to_json` made."""
        return cls(**kept)
