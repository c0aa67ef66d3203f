"""Source: a task with its ground truth in a vault, made from items or arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from truing.errors import DataError
from truing.tasks._item import Item
from truing.tasks._splits import Division, Splits
from truing.tasks._task import Kind, Task
from truing.tasks._vault import UNANSWERABLE, Vault

if TYPE_CHECKING:
    from truing.tasks._copied import Copied


@dataclass(frozen=True, eq=False, repr=False)
class Source:
    """Result of a task's factory: items, ground truth and origin.

    Attributes:
        task: the items, which all code may read.
        vault: the ground truth.
        origin: source of the data. It is kept from students, because the source may contain the
            ground truth.
        left_out: number of unusable rows that were left out.
        notes: properties of the data that may make results misleading.
        fields: (N,) values of the items by field, see `fields_of`: other columns of the data. Like
            the vault they are kept from students.
        division: what divides the items for a designed shift; None for the splits of the task.
        specification: name under which `load_task` found the task; empty before.
        copied: the items and their copies, if the second half of the items are changed copies of
            the first, see `with_copies`.

    Examples:
        >>> import truing
        >>> truing.load_task("digits")
        <Source digits: 1797 items, 10 classes, majority 0.10, 1797 clusters>
    """

    task: Task
    vault: Vault
    origin: str = ""
    left_out: int = 0
    notes: tuple[str, ...] = ()
    specification: str = ""
    fields: Mapping[str, np.ndarray] = field(default_factory=dict)
    division: Division | None = None
    copied: Copied | None = None

    def splits(self, seed: int) -> Splits:
        """Splits of the items for a seed: see `Task.splits`, or those of a designed shift.

        Students learn from the weak labels of unanswerable items too. Supervisors do not, and they
        are not scored.

        Raises:
            DataError: as in `Task.splits`.
        """
        if self.division is not None:
            return self.division.splits(seed)
        splits, unanswerable = self.task.splits(seed), self.vault.unanswerable
        return splits.without(unanswerable, self.task.name) if unanswerable.any() else splits

    @property
    def summary(self) -> str:
        """Size of the task: `80 items, 2 classes, majority 0.62, 40 clusters`.

        `majority` is the share of the largest class. Items with their own choices have the chance
        accuracy in its place.
        """
        items, choices, clusters = self.task.sizes
        base = f"majority {self.vault.largest_share():.2f}"
        if self.task.kind != "classification":
            base = f"chance {self.task.chance_accuracy:.2f}"
        unanswerable = int(self.vault.unanswerable.sum())
        without = f", {unanswerable} unanswerable" if unanswerable else ""
        return f"{items}, {choices}, {base}, {clusters}{without}"

    def __repr__(self) -> str:
        return f"<Source {self.task.name}: {self.summary}>"


def make_source(
    name: str,
    kind: Kind,
    ids: list[str],
    inputs: np.ndarray,
    choices: list[str],
    truth: np.ndarray,
    *,
    clusters: Sequence[object] | None = None,
    fields: Mapping[str, np.ndarray] | None = None,
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
        fields: as in `make_task`.
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
    return make_task(
        name, kind, items, choices, truth, fields=fields, license=license, origin=origin
    )


def make_task(
    name: str,
    kind: Kind,
    items: Sequence[Item],
    choices: Sequence[str],
    truth: np.ndarray,
    *,
    fields: Mapping[str, np.ndarray] | None = None,
    license: str = "",
    origin: str = "",
) -> Source:
    """Make a task from items; their ground truth goes into a vault.

    Args:
        name: name of the task.
        kind: kind of the task.
        items: N items.
        choices: (K,) names, as `Task.choices`.
        truth: (N,) index of the right choice; `UNANSWERABLE`, -1, for an item of a classification
            whose right belief is uncertainty.
        fields: (N,) values of the items by field, numbers or texts, to which the shifts of a study
            refer; students do not see them.
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
    if kind != "classification" and (truth == UNANSWERABLE).any():
        raise DataError(f"{name}: only a classification may have items without ground truth")
    if len(set(np.unique(truth)) - {UNANSWERABLE}) < 2 and kind == "classification":
        raise DataError(f"{name}: every item has the same truth; a task needs at least two classes")
    made = Task(name, kind, tuple(items), tuple(choices), license)
    return Source(made, Vault(truth), origin, fields=dict(fields or {}))


def check_ids(name: str, items: Sequence[Item]) -> None:
    """Raise DataError if two items have the same id."""
    seen: set[str] = set()
    for item in items:
        if item.id in seen:
            raise DataError(f"{name}: the id {item.id!r} occurs twice; ids must be unique")
        seen.add(item.id)
