"""Source: a task with its ground truth in a vault; tasks by name, or made from items or arrays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from truing.errors import DataError
from truing.registry import Registry
from truing.tasks._item import Item
from truing.tasks._read_rows import as_file
from truing.tasks._task import Kind, Task
from truing.tasks._vault import Vault


@dataclass(frozen=True, eq=False)
class Source:
    """Result of a task's factory: items, ground truth and origin.

    Attributes:
        task: the items, which all code may read.
        vault: the ground truth.
        origin: source of the data. It is kept from students, because the source may contain the
            ground truth.
    """

    task: Task
    vault: Vault
    origin: str = ""


TASKS: Registry[Source] = Registry("task", "truing.tasks", lambda made: isinstance(made, Source))
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


def load_task(specification: str) -> Source:
    """Load a task by name (`digits`) or file (`items.jsonl`, `items.csv,text=question`).

    Raises:
        UnknownNameError: there is no task and no file of that name.
        DataError: the items are invalid.

    Examples:
        >>> import truing
        >>> source = truing.load_task("digits")
        >>> source.task.choices[:3]
        ('0', '1', '2')
    """
    return TASKS.build(as_file(specification, TASKS)).value


def make_source(
    name: str,
    kind: Kind,
    ids: list[str],
    inputs: np.ndarray,
    choices: list[str],
    truth: np.ndarray,
    *,
    clusters: Sequence[object] | None = None,
    license: str = "",
    origin: str = "",
) -> Source:
    """Make a task from arrays.

    Args:
        name: name of the task.
        kind: kind of the task.
        ids: (N,) unique ids of the items.
        inputs: as `Task.inputs`.
        choices: (K,) names, as `Task.choices`.
        truth: (N,) index of the right choice.
        clusters: (N,) names of the groups of related items; by default each item is a separate
            cluster.
        license: license of the data.
        origin: source of the data.

    Raises:
        DataError: as in `make_task`.

    Examples:
        >>> import numpy as np
        >>> from truing.tasks import make_source
        >>> ids, texts = ["a", "b"], np.array(["rain", "sun"], dtype=object)
        >>> right = np.array([0, 1])
        >>> source = make_source("sky", "classification", ids, texts, ["wet", "dry"], right)
        >>> source.task.items[1].stem, source.task.chance_accuracy
        ('sun', 0.5)
    """
    has_classes = kind == "classification"
    items = [
        Item(
            own,
            given if has_classes else "",
            tuple(choices if has_classes else (text for text in given if text is not None)),
            cluster=str(cluster),
        )
        for own, given, cluster in zip(
            ids, inputs, ids if clusters is None else clusters, strict=True
        )
    ]
    return make_task(name, kind, items, choices, truth, license=license, origin=origin)


def make_task(
    name: str,
    kind: Kind,
    items: Sequence[Item],
    choices: Sequence[str],
    truth: np.ndarray,
    *,
    license: str = "",
    origin: str = "",
) -> Source:
    """Make a task from items; their ground truth goes into a vault.

    Args:
        name: name of the task.
        kind: kind of the task.
        items: N items.
        choices: (K,) names, as `Task.choices`.
        truth: (N,) index of the right choice.
        license: license of the data.
        origin: source of the data.

    Raises:
        DataError: ids are not unique, or a classification has the same truth for all items.

    Examples:
        >>> import numpy as np
        >>> from truing.tasks import Item, make_task
        >>> items = [Item("a", "2 + 2?", ("4", "5")), Item("b", "1 + 1?", ("3", "2"))]
        >>> source = make_task("sums", "multiple choice", items, ["0", "1"], np.array([0, 1]))
        >>> source.task.own_texts(1)
        ['1 + 1?\\n3', '1 + 1?\\n2']
    """
    check_ids(name, items)
    if len(np.unique(truth)) < 2 and kind == "classification":
        raise DataError(f"{name}: every item has the same truth; a task needs at least two classes")
    made = Task(name, kind, tuple(items), tuple(choices), license)
    return Source(made, Vault(truth), origin)


def check_ids(name: str, items: Sequence[Item]) -> None:
    """Raise DataError if two items have the same id."""
    seen: set[str] = set()
    for item in items:
        if item.id in seen:
            raise DataError(f"{name}: the id {item.id!r} occurs twice; ids must be unique")
        seen.add(item.id)
