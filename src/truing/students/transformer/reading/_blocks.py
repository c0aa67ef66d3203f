"""Blocks: texts divided into parts of fixed membership, and the batches of a block.

Activations depend in the last digits on the other texts of a batch. Which texts share a batch
depends on the texts of the block and on the device. It does not depend on the process that reads
the block, nor on the other layers, pools and limits that are read in the same pass.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

# Characters per block. On a CPU core 8,192 characters, about 2,000 tokens, are seconds of work, so
# that all cores are busy to the end; a GPU needs batches of many more tokens.
CHARACTERS = {"cpu": 1 << 13, "cuda": 1 << 20}
MOST = 256  # maximum number of blocks of a task; each is a step and an entry of the store
# Maximum number of tokens per batch, padding included. Larger batches speed up a GPU; on a CPU core
# matrix products of more than about 250 rows are no faster.
TOKENS = {"cpu": 512, "cuda": 32768}
FINE = 3  # sequences share a batch if their lengths differ by less than 1 / 2**FINE


def cut_blocks(texts: Sequence[str], device: str) -> list[np.ndarray]:
    """Divide texts into blocks of similar length, the longest first.

    Args:
        texts: the texts.
        device: `cpu` or `cuda`, which determines the size of a block.

    Returns:
        Indices of the texts of each block; every text is in exactly one block.

    Examples:
        >>> from truing.students.transformer.reading._blocks import cut_blocks
        >>> [block.tolist() for block in cut_blocks(["b" * 3000, "a" * 7000, "c" * 4000], "cpu")]
        [[1], [2, 0]]
    """
    lengths = np.array([len(text) for text in texts])
    order = np.argsort(-lengths, kind="stable")
    size = max(CHARACTERS[device], -(-int(lengths.sum()) // MOST))
    number = np.maximum(np.cumsum(lengths[order]) - 1, 0) // size
    return np.split(order, np.flatnonzero(np.diff(number)) + 1)


@dataclass(frozen=True)
class SequenceBatch:
    """Sequences that a model reads at once.

    Attributes:
        rows: numbers of the sequences, the longest first.
        limits: the limits that leave these sequences as they are.
    """

    rows: np.ndarray
    limits: tuple[int, ...]


@dataclass(frozen=True)
class Sequences:
    """Distinct token sequences of a block, for several limits of their length.

    Attributes:
        ids: token ids of each sequence.
        batches: all sequences in batches, the longest first.
        at: for each limit (texts,): the sequence of each text.
    """

    ids: list[np.ndarray]
    batches: list[SequenceBatch]
    at: dict[int, np.ndarray]


def arrange_sequences(
    whole: Sequence[np.ndarray], cut: Mapping[int, Mapping[int, np.ndarray]], device: str
) -> Sequences:
    """Arrange the sequences of a block in batches.

    Limits share the sequences of the texts that they leave whole. If a limit is among the lengths
    of a batch, this limit has separate sequences there.

    Args:
        whole: token ids of each text.
        cut: for each limit: token ids of the texts that are longer, by the number of the text.
        device: `cpu` or `cuda`, which determines the size of a batch.
    """
    ids: list[np.ndarray] = []
    known: dict[tuple[int, int], int] = {}  # sequence by its text, and its own limit or 0
    together: dict[tuple[int, int], list[int]] = {}  # sequences by top length, and own limit or 0
    at = {}
    for limit, shortened in cut.items():
        rows = []
        for text, tokens in enumerate(whole):
            found = shortened.get(text, tokens)
            top = _top(len(found))
            own = limit if limit < top or text in shortened else 0
            if (text, own) not in known:
                known[text, own] = len(ids)
                together.setdefault((top, own), []).append(len(ids))
                ids.append(found)
            rows.append(known[text, own])
        at[limit] = np.array(rows)
    batches = [
        SequenceBatch(rows, (own,) if own else tuple(limit for limit in cut if limit >= top))
        for top, own in sorted(together, reverse=True)
        for rows in _batches(ids, together[top, own], TOKENS[device])
    ]
    return Sequences(ids, batches, at)


def _top(length: int) -> int:
    """Greatest length that may share a batch with a length: 36 for 33 to 36 tokens, ..."""
    step = 1 << max(int(length - 1).bit_length() - 1 - FINE, 0)
    return -(-length // step) * step


def _batches(ids: Sequence[np.ndarray], group: list[int], tokens: int) -> Iterator[np.ndarray]:
    """Batches of sequences with at most some tokens, padding included, the longest first."""
    order = sorted(group, key=lambda sequence: -len(ids[sequence]))
    size = max(tokens // len(ids[order[0]]), 1)
    for start in range(0, len(order), size):
        yield np.array(order[start : start + size])
