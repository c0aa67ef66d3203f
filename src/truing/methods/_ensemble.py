"""An ensemble of students on resampled items (Breiman 1996, bagging)."""

from typing import Annotated

from truing.arguments import Within
from truing.methods._method import Method, follow, method


@method("ensemble")
def ensemble(members: Annotated[int, Within("[1, 1000]")] = 5) -> Method:
    """Average students that are trained on resampled items (Breiman 1996; Liu and Alahi 2024).

    The ceiling is an ensemble with the same number of members.

    Args:
        members: number of students in the ensemble.
    """
    return Method(targets=follow, static=True, members=members)
