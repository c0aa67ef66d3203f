"""Class balance: accuracies of a row compared with the majority rate or the chance accuracy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from pydantic import model_validator

from truing.measures import Estimate, Metric

ROLES = ("weak", "transfer", "ceiling")
ENDS = ("balanced_accuracy_low", "balanced_accuracy_high", "auroc_low", "auroc_high")


@dataclass(frozen=True)
class RoleBalance(Estimate):
    """Accuracy of a supervisor, student or ceiling minus the majority rate or chance accuracy.

    Attributes:
        balanced_accuracy: mean over classes of the accuracy on each class; None if items have their
            own choices.
        auroc: area under the receiver operating characteristic; None unless there are two classes.
        balanced_accuracy_low, balanced_accuracy_high, auroc_low, auroc_high: 95% intervals; None if
            the value is None, if a class has a single test item, and in folders of version 0.1.0.
    """

    value: float
    low: float
    high: float
    balanced_accuracy: float | None
    auroc: float | None
    balanced_accuracy_low: float | None = None
    balanced_accuracy_high: float | None = None
    auroc_low: float | None = None
    auroc_high: float | None = None

    def score(self, metric: Metric) -> Estimate:
        """Balanced accuracy or AUROC with its interval, as far as they are known."""
        return Estimate(*(getattr(self, f"{metric}{end}") for end in ("", "_low", "_high")))

    def to_json(self) -> dict[str, float | None]:
        """JSON values, in which the value is called `difference`."""
        scores = {"balanced_accuracy": self.balanced_accuracy, "auroc": self.auroc}
        ends = {name: getattr(self, name) for name in ENDS}
        return {**scores, **self.named("difference"), **ends}

    @model_validator(mode="before")
    @classmethod
    def _read(cls, stored: Any) -> Any:
        """The values of `to_json` under the names of the fields."""
        return _fields(stored) if isinstance(stored, Mapping) else stored


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
        roles = {name: RoleBalance(**_fields(stored[name])) for name in ROLES}
        return cls(**{**stored, **roles})

    def to_json(self) -> dict[str, Any]:
        """JSON values, which `from_json` and pydantic read."""
        rates = {"majority_rate": self.majority_rate, "chance_accuracy": self.chance_accuracy}
        roles = {name: getattr(self, name).to_json() for name in ROLES}
        return {**rates, **roles, "classes": self.classes}

    @property
    def reference(self) -> tuple[str, float]:
        """Name and value of the reference with which accuracies are compared."""
        if self.majority_rate is not None:
            return "majority rate", self.majority_rate
        assert self.chance_accuracy is not None, (
            "either the majority rate or the chance accuracy is stored"
        )
        return "chance accuracy", self.chance_accuracy


def _fields(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Stored values under the names of the fields of `RoleBalance`."""
    return {"value" if name == "difference" else name: one for name, one in stored.items()}
