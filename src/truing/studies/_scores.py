"""Scores: stored results of the steps that use the ground truth of the test items."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from truing.measures import Estimate, Metric
from truing.studies._by_role import BySeed
from truing.studies._class_balance import ROLES, ClassBalance

Distractors = dict[str, dict[str, Estimate]]
"""Agreement up to sign with each distractor, by field, of `weak` and `transfer`."""


@dataclass(frozen=True)
class RoleScore(Estimate):
    """Accuracy of a supervisor, student or ceiling: mean over seeds with its 95% interval.

    Attributes:
        by_seed: value of the study's metric for each seed.
    """

    value: float
    low: float
    high: float
    by_seed: list[float]

    def to_json(self) -> dict[str, Any]:
        """JSON values, in which the value is called `accuracy`."""
        return {**self.named("accuracy"), "by_seed": self.by_seed}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Read the values of `to_json`."""
        return cls(*(stored[name] for name in ("accuracy", "low", "high", "by_seed")))


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
    l2: BySeed
    learning_rate: BySeed
    stopped_at: BySeed
    metric: Metric = "accuracy"
    oracle_signed: Estimate | None = None
    distractors: Distractors = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """JSON values for the store."""
        parts = {name: getattr(self, name).to_json() for name in (*ROLES, "class_balance")}
        signed = self.oracle_signed and vars(self.oracle_signed)
        distractors = {
            name: {role: vars(one) for role, one in roles.items()}
            for name, roles in self.distractors.items()
        }
        return {**vars(self), **parts, "oracle_signed": signed, "distractors": distractors}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Read the values of `to_json`."""
        roles = {name: RoleScore.from_json(stored[name]) for name in ROLES}
        balance = ClassBalance.from_json(stored["class_balance"])
        signed = stored["oracle_signed"] and Estimate(**stored["oracle_signed"])
        distractors = {
            name: {role: Estimate(**one) for role, one in each.items()}
            for name, each in stored["distractors"].items()
        }
        read = {"class_balance": balance, "oracle_signed": signed, "distractors": distractors}
        return cls(**{**stored, **roles, **read})
