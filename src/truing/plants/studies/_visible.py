"""Whether a student sees a trigger."""

from __future__ import annotations

import numpy as np

from truing.errors import UserError
from truing.plants._plant import Planting


def check_visible(planting: Planting, argument: str) -> None:
    """Refuse a trigger that changes the student's features of no item.

    Raises:
        UserError: the features of each item are equal with and without the trigger.
    """
    own, copies = planting.features[~planting.copies], planting.features[planting.copies]
    if np.array_equal(own, copies, equal_nan=True):
        raise UserError(
            "the student's features do not change with the trigger, so the student cannot learn "
            f"the plant; choose another {argument} (for lsa-K a phrase of words that occur in the "
            "task), or another student"
        )
