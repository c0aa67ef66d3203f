"""Class balance: accuracies of a row compared with the majority rate or the chance accuracy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

from truing.measures import Estimate, Metric


@dataclass(frozen=True)
class RoleBalance:
    """Values of one role: supervisor, student or ceiling.

    Attributes:
        balanced_accuracy: mean over classes of the accuracy on each class; None if items have their
            own choices.
        auroc: area under the receiver operating characteristic; None unless there are two classes.
        balanced_accuracy_low, balanced_accuracy_high, auroc_low, auroc_high: 95% intervals; None if
            the value is None, if a class has a single test item, and in folders of version 0.1.0.
        difference, low, high: accuracy minus the majority rate (or the chance accuracy), with its
            95% interval.
    """

    balanced_accuracy: float | None
    auroc: float | None
    difference: float
    low: float
    high: float
    balanced_accuracy_low: float | None = None
    balanced_accuracy_high: float | None = None
    auroc_low: float | None = None
    auroc_high: float | None = None

    def score(self, metric: Metric) -> Estimate:
        """Balanced accuracy or AUROC with its interval, as far as they are known."""
        return Estimate(*(getattr(self, f"{metric}{end}") for end in ("", "_low", "_high")))


@dataclass(frozen=True)
class ClassBalance:
    """Majority rate or chance accuracy of the test items, with the values of each role.

    Attributes:
        majority_rate: accuracy of always predicting the most common class; None if items have their
            own choices (multiple choice, pairs), whose positions are not classes.
        chance_accuracy: expected accuracy of a uniform guess if items have their own choices: the
            mean of 1 / (number of choices); otherwise None.
        weak, transfer, ceiling: values of the roles.
        classes: number of classes of the test items; None if items have their own choices, and in
            folders of version 0.1.0.
    """

    majority_rate: float | None
    chance_accuracy: float | None
    weak: RoleBalance
    transfer: RoleBalance
    ceiling: RoleBalance
    classes: int | None = None

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Self:
        """Read the result of a score step."""
        roles = {name: RoleBalance(**stored[name]) for name in ("weak", "transfer", "ceiling")}
        return cls(**{**stored, **roles})

    @property
    def reference(self) -> tuple[str, float]:
        """Name and value of the reference with which accuracies are compared."""
        if self.majority_rate is not None:
            return "majority rate", self.majority_rate
        assert self.chance_accuracy is not None, (
            "either the majority rate or the chance accuracy is stored"
        )
        return "chance accuracy", self.chance_accuracy
