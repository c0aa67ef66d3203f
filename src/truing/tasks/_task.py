"""Task: items and their choices, without ground truth."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, Literal

import numpy as np

from truing.tasks._dialogue import Dialogue
from truing.tasks._item import Item
from truing.tasks._splits import Splits, draw_splits

Kind = Literal["classification", "multiple choice", "preference"]
"""Kind of a task."""


@dataclass(frozen=True, eq=False, repr=False)
class Task:
    """Items without their ground truth, which is only in the vault.

    Attributes:
        name: `digits`, or the file's name.
        kind: `classification` if all items have the same choices; `multiple choice` or
            `preference` (pairs) if each item has its own choices.
        items: N items with unique ids.
        choices: names of the K classes; for items with their own choices, the positions "0" to
            "K-1".
        license: license of the data.
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
    license: str
    roles: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.items)

    def __repr__(self) -> str:
        return f"<Task {self.name}: {', '.join(self.sizes)}>"

    @property
    def sizes(self) -> tuple[str, str, str]:
        """Numbers of items, classes or choices, and clusters: ("80 items", "2 classes", ...)."""
        is_classes = self.kind == "classification"
        choices = f"{len(self.choices)} classes" if is_classes else choice_range(self.choice_counts)
        return f"{len(self)} items", choices, f"{len(np.unique(self.clusters))} clusters"

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
            self._drawn[seed] = draw_splits(self.name, self.ids, self.clusters, self.roles, seed)
        return self._drawn[seed]

    @cached_property
    def _drawn(self) -> dict[int, Splits]:
        return {}

    def __getstate__(self) -> dict[str, Any]:
        """State for another process: the fields, without cached properties."""
        return {one.name: getattr(self, one.name) for one in fields(self)}


def choice_range(counts: Iterable[int]) -> str:
    """Number of choices of items: `4 choices` or `4 to 5 choices`.

    Examples:
        >>> from truing.tasks import choice_range
        >>> choice_range([4, 5, 4])
        '4 to 5 choices'
    """
    ordered = sorted(counts)
    least, most = ordered[0], ordered[-1]
    return f"{most} choices" if least == most else f"{least} to {most} choices"
