"""Distractor: a field of the items that agrees with the ground truth where models learn.

Canavan et al. 2026 ("Three concrete challenges and two hopes for the safety of unsupervised
elicitation", arXiv 2602.20400) train on data in which a salient feature, such as a political
leaning, predicts the truth, and test where it does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from truing.errors import DataError
from truing.tasks.shift._condition import Fields, find_field, present

POLAR = (("false", "true"), ("0", "1"))


@dataclass(frozen=True)
class Distractor:
    """A field with two values, and the rate at which it agrees with the ground truth.

    Attributes:
        name: `FIELD`, or `FIELD:VALUE` with the value that stands for the second class.
        rate: share of the items of each class in which the field agrees with the ground truth.
    """

    name: str
    rate: float

    @property
    def domain(self) -> str:
        """Name of the domain of the items where the field disagrees."""
        return f"{self.field} disagrees"

    @property
    def field(self) -> str:
        """The field, without the value."""
        return self.name.partition(":")[0]

    def predict(self, fields: Fields, choices: Sequence[str]) -> np.ndarray:
        """(N,) class for which the field of an item stands, 0 or 1; -1 without a value.

        Values that are the names of the classes stand for these; otherwise false and 0 stand for
        the first class, and true and 1 for the second class.

        Raises:
            DataError: there is no such field, it has not two values, or the values stand for no
                class.
        """
        field, _, second = self.name.partition(":")
        if self.name in fields:
            field, second = self.name, ""
        column = find_field(fields, field)
        texts = [_text(one) for one in column.tolist()]
        known = sorted({one for one, there in zip(texts, present(column), strict=True) if there})
        if len(known) != 2:
            listed = ", ".join(known[:4]) + (", ..." if len(known) > 4 else "")
            raise DataError(
                f"the distractor {field!r} has {len(known)} value{'s' * (len(known) != 1)} "
                f"({listed}); name a field with two values"
            )
        order = self._order(field, known, second, choices)
        return np.array([order.index(one) if one in order else -1 for one in texts])

    def _order(
        self, field: str, known: Sequence[str], second: str, choices: Sequence[str]
    ) -> tuple[str, ...]:
        """The values for the first and for the second class."""
        if second:
            if second not in known:
                raise DataError(
                    f"the distractor {field!r} has no value {second!r}; values: {', '.join(known)}"
                )
            return (*(one for one in known if one != second), second)
        for order in (tuple(choices), *POLAR):
            if set(order) == set(known):
                return order
        raise DataError(
            f"the values of the distractor {field!r} ({', '.join(known)}) are not the classes "
            f"({', '.join(choices)}); name the value that stands for {choices[1]!r}: "
            f"{field}:{known[1]}={self.rate:g}"
        )


def _text(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
