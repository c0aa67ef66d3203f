"""Given objects as students of a study."""

from __future__ import annotations

from truing.errors import UserError


def give_students(given: object) -> list[str]:
    """Specifications of the students that a user gave, as names or objects.

    Raises:
        UserError: an object that cannot be a student.
    """
    several = list(given) if isinstance(given, list | tuple) else [given]
    for one in several:
        if not isinstance(one, str):
            raise UserError(f"strong must be a name or a list of names, got {given!r}")
    return [str(one) for one in several]
