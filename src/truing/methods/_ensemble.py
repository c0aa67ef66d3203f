"""An ensemble of students on resampled items (Breiman 1996, bagging)."""

from typing import Annotated

from truing.arguments import Within
from truing.methods._method import Method, follow, method


@method("ensemble")
def ensemble(members: Annotated[int, Within("[1, 1000]")] = 5) -> Method:
    """Average students that are trained on resampled items (Breiman 1996; Liu and Alahi 2024).

    Its ceiling is an ensemble too, of as many members.

    Args:
        members: students in the ensemble, 1 to 1000.
    """
    return Method(targets=follow, static=True, members=members)
