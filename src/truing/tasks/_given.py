"""Given objects as tasks of a study."""

from __future__ import annotations

from truing.errors import UserError


def give_tasks(given: object) -> list[str]:
    """Specifications of the tasks that a user gave, as names or objects.

    Raises:
        UserError: an object that cannot be a task.
    """
    several = list(given) if isinstance(given, list | tuple) else [given]
    for one in several:
        if not isinstance(one, str):
            raise UserError(f"tasks must be a name or a list of names, got {given!r}")
    return [str(one) for one in several]
