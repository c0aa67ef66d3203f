"""Class balance: a row's accuracies beside the majority rate or the chance accuracy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self


@dataclass(frozen=True)
class RoleBalance:
    """One role: supervisor, student or ceiling.

    Attributes:
        balanced_accuracy: mean over classes of the accuracy on each class; None where items have
            their own choices.
        auroc: area under the receiver operating characteristic; None unless there are two classes.
        difference, low, high: accuracy minus the majority rate (or the chance accuracy), with its
            95% interval.
    """

    balanced_accuracy: float | None
    auroc: float | None
    difference: float
    low: float
    high: float


@dataclass(frozen=True)
class ClassBalance:
    """The test items' majority rate or chance accuracy, and each role beside it.

    Attributes:
        majority_rate: accuracy of always naming the most common class; None where items have their
            own choices (multiple choice, pairs): their positions are no classes.
        chance_accuracy: expected accuracy of a uniform guess where items have their own choices,
            the mean of 1 / (number of choices); otherwise None.
        weak, transfer, ceiling: the roles.
    """

    majority_rate: float | None
    chance_accuracy: float | None
    weak: RoleBalance
    transfer: RoleBalance
    ceiling: RoleBalance

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Self:
        """Read what the score step wrote."""
        roles = {name: RoleBalance(**kept[name]) for name in ("weak", "transfer", "ceiling")}
        return cls(kept["majority_rate"], kept["chance_accuracy"], **roles)

    @property
    def reference(self) -> tuple[str, float]:
        """Name and value of what each accuracy is compared with."""
        if self.majority_rate is not None:
            return "majority rate", self.majority_rate
        assert self.chance_accuracy is not None, "one of the two is known"
        return "chance accuracy", self.chance_accuracy
