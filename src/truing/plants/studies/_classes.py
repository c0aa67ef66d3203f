"""Classes that users name in the arguments of a plant."""

from __future__ import annotations

from difflib import get_close_matches

from truing.errors import UserError
from truing.tasks import Task


def class_of(task: Task, name: str, argument: str) -> int:
    """Index of the class that an argument names; the first class if it is empty.

    Args:
        task: a classification task.
        name: name of the class, or empty.
        argument: name of the argument, for messages.

    Raises:
        UserError: there is no such class, or the items have their own choices.

    Examples:
        >>> from truing.plants.studies._classes import class_of
        >>> from truing.tasks import load_task
        >>> class_of(load_task("digits-parity").task, "odd", "target")
        1
    """
    if task.kind != "classification":
        if name:
            raise UserError(
                f"{argument}={name}: the items of {task.name} have their own choices, no classes; "
                f"leave out {argument}"
            )
        return 0
    if name and name not in task.choices:
        near = get_close_matches(name, task.choices, n=2)
        meant = f"did you mean {' or '.join(near)}? " if near else ""
        raise UserError(
            f"{argument}={name} is not a class of {task.name}; {meant}classes: "
            f"{', '.join(task.choices)}"
        )
    return task.choices.index(name) if name else 0
