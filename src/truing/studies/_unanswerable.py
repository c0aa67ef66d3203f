"""Unanswerable items: how sure the models of a row are of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from truing.measures import Estimate
from truing.studies._class_balance import ROLES


@dataclass(frozen=True)
class Unanswerable:
    """How sure supervisor, student and ceiling are of the unanswerable test items.

    Attributes:
        items: number of the items.
        uncertain: highest belief of a model that is uncertain: 1 / (number of classes).
        weak, transfer, ceiling: mean highest belief of each model, with its 95% interval.
    """

    items: int
    uncertain: float
    weak: Estimate
    transfer: Estimate
    ceiling: Estimate

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Read the result of an uncertainty step."""
        roles = {role: Estimate(**stored[role]) for role in ROLES}
        return cls(stored["items"], stored["uncertain"], **roles)

    @property
    def note(self) -> str:
        """The values in one line, for the notes of a row."""
        return (
            f"{self.items} unanswerable test items: mean highest belief {self.weak.value:.2f} of "
            f"the supervisor, {self.transfer.value:.2f} of the student and "
            f"{self.ceiling.value:.2f} of the ceiling (uncertain: {self.uncertain:.2f})"
        )
