"""Task: the items, what may be said about them, and who may see which of them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
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

TEST, SEALED, SUPERVISE = 0.3, 0.1, 0.5  # the last is a share of what test and sealed leave
FEWEST = 10  # items that a split must hold


@dataclass(frozen=True)
class Splits:
    """Indices of items; a cluster lies in one split only.

    Attributes:
        supervise: the truth of these trains the supervisor.
        learn: the student sees weak labels of these and nothing else; their order is drawn, too.
        test: scored in every study; the same for every seed.
        sealed: scored once, at the end of a research; the same for every seed.
    """

    supervise: np.ndarray
    learn: np.ndarray
    test: np.ndarray
    sealed: np.ndarray


@dataclass(frozen=True, eq=False)
class Task:
    """Items without their truth, which the Vault alone holds.

    Attributes:
        name: `digits`, or the file's name.
        kind: classification has the same choices for all items; in multiple choice and preference
            (pairs) every item brings its own.
        items: N of them, with unique ids.
        choices: K names; for items with their own choices, their positions.
        licence: of the data.
        roles: (N,) `test`, `sealed`, `pool` or `unused`, the same within a cluster, where a referee
            divided the items; None to divide them by a hash of their ids.
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
        """The items' ids."""
        return tuple(item.id for item in self.items)

    @cached_property
    def clusters(self) -> np.ndarray:
        """(N,) number of each item's cluster."""
        names = np.array([item.cluster for item in self.items], dtype=object).astype(str)
        return np.unique(names, return_inverse=True)[1]

    @cached_property
    def inputs(self) -> np.ndarray:
        """What students see: (N, height, width) images, (N, columns) vectors, (N,) texts, or (N, K)
        texts, one for each choice; None fills the places of an item with fewer than K choices.
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
        """What the inputs are."""
        if self.inputs.dtype == object:
            return "texts"
        return "images" if self.inputs.ndim == 3 else "vectors"

    @cached_property
    def absent(self) -> np.ndarray | None:
        """(N, K) whether an item lacks a choice; None where every item has all K."""
        absent = np.arange(len(self.choices)) >= self.choice_counts[:, None]
        return absent if absent.any() else None

    @cached_property
    def choice_counts(self) -> np.ndarray:
        """(N,) number of choices of each item."""
        return np.array([len(item.choices) for item in self.items])

    @property
    def chance_accuracy(self) -> float:
        """Expected accuracy of a uniform guess: the mean of 1 / (number of choices)."""
        return float((1 / self.choice_counts).mean())

    @property
    def texts(self) -> list[str]:
        """Every text, item by item; of items with their own choices, one text for each choice."""
        return [text for item in range(len(self)) for text in self.own_texts(item)]

    def own_texts(self, item: int) -> list[str]:
        """An item's texts: its single text, or those of the choices that it has."""
        one = self.items[item]
        return [one.text] if self.kind == "classification" else list(one.answers)

    def arrange(self, rows: np.ndarray) -> np.ndarray:
        """Rows (len(texts), D) as (N, D) or (N, K, D), with NaN where a choice is absent."""
        if self.absent is None:
            return rows.reshape(*self.inputs.shape, -1)
        found = np.full((*self.inputs.shape, rows.shape[1]), np.nan, rows.dtype)
        found[~self.absent] = rows
        return found

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of everything but name, licence, roles and truth."""
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
        """Test and sealed are the same for every seed; the seed divides the pool of the others.

        Raises:
            DataError: a split would hold fewer than ten items.
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
        # In a file sorted by class the place of an item would tell its truth.
        found[1] = np.random.default_rng([seed, 1]).permutation(found[1])
        splits = Splits(*found)
        self._check(splits, len(test))
        return splits

    def _ranked(self, sizes: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Clusters of the test and sealed splits and of the pool, by a hash of their items' ids."""
        test, others = _fill(self._cluster_order, sizes, TEST * len(self))
        return test, *_fill(others, sizes, SEALED * len(self))

    def _assigned(self, roles: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The same, as `roles` has them."""
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
                    f"{name!r} would hold {count}, and needs {FEWEST}"
                )
        if test_clusters < 2:
            raise DataError(
                f"{self.name}: its {groups} clusters are too large: the test split would hold one "
                "of them, and an interval needs two"
            )

    @cached_property
    def _drawn(self) -> dict[int, Splits]:
        return {}

    def __getstate__(self) -> dict[str, Any]:
        """What is sent to another process: the fields, not what was worked out from them."""
        return {one.name: getattr(self, one.name) for one in fields(self)}

    @cached_property
    def _cluster_order(self) -> np.ndarray:
        """Clusters ranked by a hash of their first item, the same wherever the task is loaded."""
        _, first = np.unique(self.clusters, return_index=True)
        ranks = [hashlib.sha256(f"split {self.ids[i]}".encode()).hexdigest() for i in first]
        return np.argsort(np.array(ranks))


@dataclass(frozen=True, eq=False)
class Source:
    """What a task's factory makes.

    Attributes:
        task: the items, for everybody to see.
        vault: their truth.
        origin: where the data is from; the truth may lie there, so that students do not know it.
    """

    task: Task
    vault: Vault
    origin: str = ""


TASKS: Registry[Source] = Registry("task", "truing.tasks", lambda made: isinstance(made, Source))
task = TASKS.register


def load_task(specification: str) -> Source:
    """A task by name (`digits`) or by its file (`items.jsonl`, `items.csv,text=question`).

    Raises:
        UnknownNameError: no task and no file of that name.
        DataError: items without what they need.
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
    """Make a task of arrays.

    Args:
        inputs: as `Task.inputs`.
        truth: (N,) index of the right choice.
        clusters: (N,) any names of the groups of related items; by default every item is its own.

    Raises:
        DataError: as `make_task`.
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
    """Keep the items for everybody to see apart from their truth, which the vault keeps.

    Args:
        truth: (N,) index of the right choice.

    Raises:
        DataError: duplicate ids, or a truth that is the same for every item.
    """
    check_ids(name, items)
    if len(np.unique(truth)) < 2 and kind == "classification":
        raise DataError(f"{name}: every item has the same truth; a task needs at least two classes")
    made = Task(name, kind, tuple(items), tuple(choices), licence)
    return Source(made, Vault(truth), origin)


def check_ids(name: str, items: Sequence[Item]) -> None:
    """Raise DataError where two items have one id."""
    seen: set[str] = set()
    for item in items:
        if item.id in seen:
            raise DataError(f"{name}: the id {item.id!r} occurs twice; ids must be unique")
        seen.add(item.id)


def _fill(order: np.ndarray, sizes: np.ndarray, wanted: float) -> tuple[np.ndarray, np.ndarray]:
    """The first clusters that together hold about the items wanted, and the others."""
    reached = np.cumsum(sizes[order])
    cut = int(np.searchsorted(reached, round(wanted), side="left")) + 1 if wanted else 0
    return order[:cut], order[cut:]
