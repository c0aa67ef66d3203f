"""Class balance: what a row's accuracies are worth beside the majority rate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self


@dataclass(frozen=True)
class RoleBalance:
    """One role: supervisor, student or ceiling.

    Attributes:
        balanced_accuracy: mean over classes of the accuracy on each class.
        auroc: area under the receiver operating characteristic; None unless there are two classes.
        above_majority, low, high: accuracy less the majority rate, with its 95% interval.
    """

    balanced_accuracy: float
    auroc: float | None
    above_majority: float
    low: float
    high: float


@dataclass(frozen=True)
class ClassBalance:
    """The test items' majority rate, and each role beside it.

    Attributes:
        majority_rate: accuracy of always naming the most common class.
        weak, transfer, ceiling: the roles.
    """

    majority_rate: float
    weak: RoleBalance
    transfer: RoleBalance
    ceiling: RoleBalance

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Self:
        """Read what the score step wrote."""
        roles = {name: RoleBalance(**kept[name]) for name in ("weak", "transfer", "ceiling")}
        return cls(kept["majority_rate"], **roles)
