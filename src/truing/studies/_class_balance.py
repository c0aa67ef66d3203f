"""Class balance: accuracies of a row compared with the majority rate or the chance accuracy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self


@dataclass(frozen=True)
class RoleBalance:
    """Values of one role: supervisor, student or ceiling.

    Attributes:
        balanced_accuracy: mean over classes of the accuracy on each class; None if items have their
            own choices.
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
    """Majority rate or chance accuracy of the test items, with the values of each role.

    Attributes:
        majority_rate: accuracy of always predicting the most common class; None if items have their
            own choices (multiple choice, pairs), whose positions are not classes.
        chance_accuracy: expected accuracy of a uniform guess if items have their own choices: the
            mean of 1 / (number of choices); otherwise None.
        weak, transfer, ceiling: values of the roles.
    """

    majority_rate: float | None
    chance_accuracy: float | None
    weak: RoleBalance
    transfer: RoleBalance
    ceiling: RoleBalance

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Self:
        """Read the result of a score step."""
        roles = {name: RoleBalance(**stored[name]) for name in ("weak", "transfer", "ceiling")}
        return cls(stored["majority_rate"], stored["chance_accuracy"], **roles)

    @property
    def reference(self) -> tuple[str, float]:
        """Name and value of the reference with which accuracies are compared."""
        if self.majority_rate is not None:
            return "majority rate", self.majority_rate
        assert self.chance_accuracy is not None, (
            "either the majority rate or the chance accuracy is stored"
        )
        return "chance accuracy", self.chance_accuracy
