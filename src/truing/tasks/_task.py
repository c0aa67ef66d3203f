"""Task: items, their choices, and their splits."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, Literal

import numpy as np

from truing.errors import DataError
from truing.registry import Registry
from truing.tasks._dialogue import Dialogue
from truing.tasks._item import Item
from truing.tasks._read_rows import as_file
from truing.tasks._vault import Vault

Kind = Literal["classification", "multiple choice", "preference"]
"""Kind of a task."""

TEST, SEALED, SUPERVISE = 0.3, 0.1, 0.5  # SUPERVISE is a share of the rest
FEWEST = 10  # smallest number of items of a split


@dataclass(frozen=True)
class Splits:
    """Indices of the items of each split; all items of a cluster are in one split.

    Attributes:
        supervise: items whose ground truth trains the supervisor.
        learn: items from whose weak labels the student learns, in random order.
        test: items that are scored in each study; the same for every seed.
        sealed: items that are scored once, at the end of a research run; the same for every seed.
    """

    supervise: np.ndarray
    learn: np.ndarray
    test: np.ndarray
    sealed: np.ndarray


@dataclass(frozen=True, eq=False)
class Task:
    """Items without their ground truth, which is only in the vault.

    Attributes:
        name: `digits`, or the file's name.
        kind: `classification` if all items have the same choices; `multiple choice` or
            `preference` (pairs) if each item has its own choices.
        items: N items with unique ids.
        choices: names of the K classes; for items with their own choices, the positions "0" to
            "K-1".
        licence: license of the data.
        roles: (N,) `test`, `sealed`, `pool` or `unused`, equal within a cluster, if a referee
            divides the items; None to divide them by a hash of their ids.

    Examples:
        >>> import truing
        >>> task = truing.load_task("digits").task
        >>> len(task), task.kind, task.inputs.shape
        (1797, 'classification', (1797, 8, 8))
    """

    name: str
    kind: Kind
    items: tuple[Item, ...]
    choices: tuple[str, ...]
    licence: str
    roles: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.items)

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """Ids of the items."""
        return tuple(item.id for item in self.items)

    @cached_property
    def clusters(self) -> np.ndarray:
        """(N,) number of each item's cluster."""
        names = np.array([item.cluster for item in self.items], dtype=object).astype(str)
        return np.unique(names, return_inverse=True)[1]

    @cached_property
    def inputs(self) -> np.ndarray:
        """Inputs of students: images (N, height, width), vectors (N, columns), or texts.

        Texts have shape (N,), or (N, K) with one text per choice for items with their own choices.
        Items with fewer than K choices are filled up with None.
        """
        if self.kind != "classification":
            grid = np.full((len(self), len(self.choices)), None, dtype=object)
            for row, item in zip(grid, self.items, strict=True):
                row[: len(item.choices)] = item.answers
            return grid
        stems = [item.stem for item in self.items]
        if not isinstance(stems[0], str):
            return np.stack(stems)
        texts = np.empty(len(stems), dtype=object)
        texts[:] = stems
        return texts

    @property
    def medium(self) -> Literal["images", "vectors", "texts"]:
        """Type of the inputs."""
        if self.inputs.dtype == object:
            return "texts"
        return "images" if self.inputs.ndim == 3 else "vectors"

    @cached_property
    def absent(self) -> np.ndarray | None:
        """(N, K) whether a choice is absent from an item; None if each item has K choices."""
        absent = np.arange(len(self.choices)) >= self.choice_counts[:, None]
        return absent if absent.any() else None

    @cached_property
    def choice_counts(self) -> np.ndarray:
        """(N,) number of choices of each item."""
        return np.array([len(item.choices) for item in self.items])

    @property
    def chance_accuracy(self) -> float:
        """Accuracy of uniformly random answers: the mean of 1 / (number of choices)."""
        return float((1 / self.choice_counts).mean())

    @property
    def texts(self) -> list[str]:
        """All texts in the order of items; one text per choice for items with their own choices."""
        return [text for item in range(len(self)) for text in self.own_texts(item)]

    def own_texts(self, item: int) -> list[str]:
        """Texts of an item: its single text, or one text per choice."""
        one = self.items[item]
        return [one.text] if self.kind == "classification" else list(one.answers)

    def arrange(self, rows: np.ndarray) -> np.ndarray:
        """Rows (len(texts), D) as (N, D) or (N, K, D), with NaN for absent choices."""
        if self.absent is None:
            return rows.reshape(*self.inputs.shape, -1)
        found = np.full((*self.inputs.shape, rows.shape[1]), np.nan, rows.dtype)
        found[~self.absent] = rows
        return found

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of kind, ids, choices, clusters and inputs."""
        digest = hashlib.sha256(json.dumps([self.kind, self.ids, self.choices]).encode())
        digest.update(np.asarray(self.clusters, np.int64).tobytes())
        if self.medium == "texts":
            digest.update(json.dumps(self.inputs.tolist()).encode())
            spoken = [one.messages for one in self.inputs.flat if isinstance(one, Dialogue)]
            digest.update(json.dumps(spoken).encode() if spoken else b"")
        else:
            digest.update(str((self.inputs.dtype, self.inputs.shape)).encode())
            digest.update(np.ascontiguousarray(self.inputs).tobytes())
        return digest.hexdigest()

    def splits(self, seed: int) -> Splits:
        """Splits of the items. The seed divides the pool that test and sealed leave.

        Raises:
            DataError: a split has fewer than ten items, or the test split has one cluster.
        """
        if seed not in self._drawn:
            self._drawn[seed] = self._draw(seed)
        return self._drawn[seed]

    def _draw(self, seed: int) -> Splits:
        sizes = np.bincount(self.clusters)
        test, sealed, pool = (
            self._ranked(sizes) if self.roles is None else self._assigned(self.roles)
        )
        pool = np.random.default_rng(seed).permutation(np.sort(pool))
        supervise, learn = _fill(pool, sizes, SUPERVISE * sizes[pool].sum())
        found = [
            np.flatnonzero(np.isin(self.clusters, part))
            for part in (supervise, learn, test, sealed)
        ]
        # In a file sorted by class the position of an item would reveal its class.
        found[1] = np.random.default_rng([seed, 1]).permutation(found[1])
        splits = Splits(*found)
        self._check(splits, len(test))
        return splits

    def _ranked(self, sizes: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Clusters of the test split, the sealed split and the pool, by a hash of item ids."""
        test, others = _fill(self._cluster_order, sizes, TEST * len(self))
        return test, *_fill(others, sizes, SEALED * len(self))

    def _assigned(self, roles: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Clusters of the test split, the sealed split and the pool, by `roles`."""
        _, first = np.unique(self.clusters, return_index=True)
        of_cluster = roles[first]
        test, sealed, pool = (
            np.flatnonzero(of_cluster == role) for role in ("test", "sealed", "pool")
        )
        return test, sealed, pool

    def _check(self, splits: Splits, test_clusters: int) -> None:
        groups = len(np.unique(self.clusters))
        for name in ("supervise", "learn", "test"):
            count = len(getattr(splits, name))
            if count < FEWEST:
                raise DataError(
                    f"{self.name}: {len(self)} items in {groups} clusters are too few: the split "
                    f"{name!r} would have {count} items, and needs {FEWEST}; add items"
                )
        if test_clusters < 2:
            raise DataError(
                f"{self.name}: its {groups} clusters are too large: the test split would have one "
                "cluster, and an interval needs two; use smaller clusters, or add items"
            )

    @cached_property
    def _drawn(self) -> dict[int, Splits]:
        return {}

    def __getstate__(self) -> dict[str, Any]:
        """State for another process: the fields, without cached properties."""
        return {one.name: getattr(self, one.name) for one in fields(self)}

    @cached_property
    def _cluster_order(self) -> np.ndarray:
        """Clusters, sorted by a hash of the id of their first item; the same on every machine."""
        _, first = np.unique(self.clusters, return_index=True)
        ranks = [hashlib.sha256(f"split {self.ids[i]}".encode()).hexdigest() for i in first]
        return np.argsort(np.array(ranks))


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
    licence: str = "",
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
        licence: license of the data.
        origin: source of the data.

    Raises:
        DataError: as in `make_task`.
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
    return make_task(name, kind, items, choices, truth, licence=licence, origin=origin)


def make_task(
    name: str,
    kind: Kind,
    items: Sequence[Item],
    choices: Sequence[str],
    truth: np.ndarray,
    *,
    licence: str = "",
    origin: str = "",
) -> Source:
    """Make a task from items; their ground truth goes into a vault.

    Args:
        name: name of the task.
        kind: kind of the task.
        items: N items.
        choices: (K,) names, as `Task.choices`.
        truth: (N,) index of the right choice.
        licence: license of the data.
        origin: source of the data.

    Raises:
        DataError: ids are not unique, or a classification has the same truth for all items.

    Examples:
        >>> import numpy as np
        >>> from truing.tasks import Item, make_task
        >>> items = [Item(f"n{n}", f"Is {n} even?", ("no", "yes")) for n in range(4)]
        >>> truth = np.array([1, 0, 1, 0])
        >>> source = make_task("even", "classification", items, ("no", "yes"), truth)
        >>> len(source.task)
        4
    """
    check_ids(name, items)
    if len(np.unique(truth)) < 2 and kind == "classification":
        raise DataError(f"{name}: every item has the same truth; a task needs at least two classes")
    made = Task(name, kind, tuple(items), tuple(choices), licence)
    return Source(made, Vault(truth), origin)


def check_ids(name: str, items: Sequence[Item]) -> None:
    """Raise DataError if two items have the same id."""
    seen: set[str] = set()
    for item in items:
        if item.id in seen:
            raise DataError(f"{name}: the id {item.id!r} occurs twice; ids must be unique")
        seen.add(item.id)


def _fill(order: np.ndarray, sizes: np.ndarray, wanted: float) -> tuple[np.ndarray, np.ndarray]:
    """First clusters with about the wanted number of items together, and the other clusters."""
    reached = np.cumsum(sizes[order])
    cut = int(np.searchsorted(reached, round(wanted), side="left")) + 1 if wanted else 0
    return order[:cut], order[cut:]
