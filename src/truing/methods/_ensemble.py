"""An ensemble of students on resampled items (Breiman 1996, bagging)."""

from truing.methods._method import Method, follow, method


@method("ensemble")
def ensemble(members: int = 5) -> Method:
    """Average students that are trained on resampled items (Breiman 1996; Liu and Alahi 2024).

    Its ceiling is an ensemble too, of as many members.

    Args:
        members: students in the ensemble.
    """
    return Method(targets=follow, static=True, members=members)
