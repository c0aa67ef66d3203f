"""Features of texts that are computed in blocks, on several processes or machines."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from truing.errors import DataError, TruingError
from truing.failure import failure_line
from truing.students.features._features import LIMIT
from truing.tasks import Task


@dataclass(frozen=True)
class FeatureBlock:
    """Features of the texts of a block.

    Attributes:
        values: (texts, D) in the type in which they are stored.
        cut: number of texts that were truncated.
        halved: number of times that memory ran out.
        size: maximum number of texts per batch, after memory ran out.
    """

    values: np.ndarray
    cut: int
    halved: int
    size: int


class BlockFeatures(ABC):
    """A feature map that computes the features of texts in blocks.

    Maps of one family read a block together. The features of a block do not depend on the process
    that reads it, nor on the other maps that read it at the same time.
    """

    @property
    @abstractmethod
    def family(self) -> str:
        """Key of a family: maps with equal keys can read a block together."""

    @property
    @abstractmethod
    def gpus(self) -> int:
        """Number of GPUs that a block needs."""

    @property
    @abstractmethod
    def memory(self) -> int:
        """Bytes of main memory that a process needs."""

    @abstractmethod
    def __call__(self, task: Task) -> np.ndarray:
        """Features of a task, computed in this process; float32."""

    @abstractmethod
    def check(self, task: Task) -> None:
        """Raise DataError if the task has no such features."""

    @abstractmethod
    def cut(self, texts: Sequence[str]) -> list[np.ndarray]:
        """Indices of the distinct texts of each block."""

    @abstractmethod
    def work(self, texts: Sequence[str]) -> float:
        """Estimated floating-point operations of a block; 0 if they are unknown."""

    @abstractmethod
    def read(self, maps: Sequence[BlockFeatures], texts: Sequence[str]) -> list[FeatureBlock]:
        """Features of the texts of a block for each of several maps of this family."""

    @abstractmethod
    def notices(self, task: Task, blocks: Sequence[FeatureBlock]) -> list[str]:
        """Remarks on the features of a task, given all its blocks (without their values)."""


def read_together(
    maps: Sequence[BlockFeatures], names: Sequence[str], texts: Sequence[str]
) -> list[FeatureBlock]:
    """Features of the texts of a block for each of several maps of a family, checked.

    Args:
        maps: the maps.
        names: their names, for messages.
        texts: the texts.

    Raises:
        DataError: the maps failed, or returned values that are not finite numbers.
    """
    try:
        found = maps[0].read(maps, texts)
    except TruingError:
        raise
    except Exception as error:  # a library may raise anything; the message names the features
        raise DataError(f"features {names[0]!r} failed: {failure_line(error)}") from error
    for name, block in zip(names, found, strict=True):
        if not float(np.abs(block.values).max(initial=0.0)) < LIMIT:  # also if it is NaN
            raise DataError(
                f"features {name!r} have values that are not finite or not below {LIMIT:g}"
            )
    return found


def distinct_texts(task: Task) -> list[str]:
    """Texts of a task, equal texts once."""
    return list(dict.fromkeys(task.texts))


def place_rows(task: Task, blocks: Sequence[np.ndarray]) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Rows of each block in the features of a task, (N, D) or (N, K, D) as (N * K, D).

    Args:
        task: the task.
        blocks: indices of the distinct texts of each block.

    Yields:
        Numbers of rows, and for each row the number of its text in the block. Equal texts have
        several rows.
    """
    number = {text: at for at, text in enumerate(dict.fromkeys(task.texts))}
    distinct = np.array([number[text] for text in task.texts])
    rows = np.arange(len(distinct)) if task.absent is None else np.flatnonzero(~task.absent)
    order = np.argsort(distinct, kind="stable")
    starts = np.searchsorted(distinct[order], np.arange(len(number) + 1))
    for block in blocks:
        counts = starts[block + 1] - starts[block]
        at = [order[starts[text] : starts[text + 1]] for text in block]
        yield rows[np.concatenate(at)], np.repeat(np.arange(len(block)), counts)


def absent_rows(task: Task) -> np.ndarray:
    """Rows of absent choices in the features of a task, (N, K, D) as (N * K, D)."""
    return np.flatnonzero(task.absent) if task.absent is not None else np.arange(0)
