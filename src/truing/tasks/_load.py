"""Tasks by name: their registry, and loading."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, overload

from truing.calls import checked
from truing.registry import Registry
from truing.tasks._given import TaskLike, TaskObject, give_task, given_task
from truing.tasks._notes import announce
from truing.tasks._read_rows import as_file
from truing.tasks._source import Source

TASKS: Registry[Source] = Registry(
    "task", "truing.tasks", lambda made: isinstance(made, Source), given_task
)
"""All registered tasks."""


def task(form: str) -> Callable[[Callable[..., Source]], Callable[..., Source]]:
    """Decorator that registers a task. The docstring's first line is its description.

    The decorated function takes the arguments and returns a `Source`, see `make_task`.

    Args:
        form: name, with the arguments that it carries.

    Examples:
        >>> import numpy as np
        >>> from truing.tasks import Item, make_task, task
        >>> @task("parity")
        ... def parity(count: int = 20):
        ...     "Whether a number is even."
        ...     items = [Item(f"n{n}", f"Is {n} even?", ("no", "yes")) for n in range(count)]
        ...     truth = 1 - np.arange(count) % 2
        ...     return make_task("parity", "classification", items, ("no", "yes"), truth)
        >>> len(parity(count=8).task)
        8
    """
    return TASKS.register(form)


@overload
def load_task(task: str | Path, **arguments: Any) -> Source: ...
@overload
def load_task(
    task: TaskObject,
    *,
    name: str = "",
    id: str = "id",
    text: str = "text",
    vector: str = "vector",
    choices: str = "choices",
    truth: str = "truth",
    chosen: str = "chosen",
    rejected: str = "rejected",
    cluster: str = "cluster",
    classes: str | Sequence[str] = ...,
    truth_is: str = "",
    drop: bool = False,
    form: str = "given",
    balance: bool = False,
) -> Source: ...
@checked
def load_task(task: TaskLike, *, name: str = "", **arguments: Any) -> Source:
    """Load a task by name (`digits`), from a file (`items.csv`) or from an object.

    Args:
        task: name, file, pandas DataFrame, Hugging Face Dataset, list of dicts, or arrays `(X, y)`
            or `(X, y, clusters)`.
        name: name of an object, as tables show it.
        arguments: arguments that also follow the name of a file: names of columns
            (`text="question"`, `truth="label"`), `classes`, `truth_is`, `drop`,
            `form` and `balance`.

    Returns:
        The task and its ground truth, which `Study` accepts as a task.

    Raises:
        UnknownNameError: there is no task and no file of that name.
        DataError: the items are invalid.

    Examples:
        >>> import truing
        >>> source = truing.load_task("digits")
        >>> source.task.choices[:3]
        ('0', '1', '2')
        >>> rows = [{"question": f"Is {n} even?", "answer": n % 2 == 0} for n in range(40)]
        >>> truing.load_task(rows, name="parity", text="question", truth="answer")
        <Source parity: 40 items, 2 classes, majority 0.50, 40 clusters>
    """
    specification = give_task(task, name, arguments)
    source = TASKS.build(as_file(specification, TASKS)).value
    announce(source.task.name, source.summary, source.notes, source.left_out)
    return replace(source, specification=specification)
