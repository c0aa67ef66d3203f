"""Activations: hidden states of a frozen transformer at chosen layers, one vector per text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from truing.errors import DataError
from truing.students.transformer.checkpoints import (
    UNLIMITED,
    Checkpoint,
    Room,
    encode,
    exact_arithmetic,
    pick_device,
)
from truing.students.transformer.reading._blocks import Sequences, arrange_sequences
from truing.students.transformer.reading._reader import Place, Pool, Reader, load_reader, to_host
from truing.students.transformer.reading._texts import check_texts
from truing.tasks import Task


@dataclass(frozen=True)
class View:
    """Part of the hidden states that is kept of each text.

    Attributes:
        layer: 0 for the embeddings, then the output of each block. The last layer is taken after
            the model's final norm.
        pool: the last token of the text, or the mean over its tokens, special tokens included.
        max_length: maximum number of tokens per text, at most the model's context.
    """

    layer: int
    pool: Pool
    max_length: int


@dataclass(frozen=True)
class BlockStates:
    """Activations of the texts of a block.

    Attributes:
        states: for each view (texts, D) float32.
        cut: for each view: number of texts that were longer than its `max_length`.
        halved: number of times that memory ran out.
        size: maximum number of texts per batch, after memory ran out.
    """

    states: list[np.ndarray]
    cut: list[int]
    halved: int
    size: int


def check_readable(checkpoint: Checkpoint, task: Task, layer: int) -> None:
    """Raise DataError if a task has no texts or an empty choice, or if the layer is unknown."""
    if task.medium != "texts":
        raise DataError(f"hf/{checkpoint.name} reads texts, but {task.name} contains {task.medium}")
    if not 0 <= layer <= checkpoint.layers:
        raise DataError(
            f"hf/{checkpoint.name}@layer-{layer}: the layer must be 0 (the embeddings) to "
            f"{checkpoint.layers}"
        )
    check_texts(task)


def read_block(
    checkpoint: Checkpoint, texts: Sequence[str], views: Sequence[View], template: bool = False
) -> BlockStates:
    """Hidden states of the texts of a block, one vector per text and view.

    The texts are read once for all views, and blocks of the model above the highest layer are not
    computed. The composition of batches changes the last digits of float32, and the third digit of
    bfloat16. It depends on the texts of the block only, so on a CPU the activations of a view are
    bit-identical for any process and any other views, unless memory runs out.

    Args:
        checkpoint: the model.
        texts: the distinct texts of a block, see `cut_blocks`.
        views: layers, pools and limits.
        template: format dialogues with the chat template of the checkpoint's tokenizer.

    Raises:
        UserError: a checkpoint that cannot be loaded, or a text that does not fit into memory.
    """
    device = pick_device()
    with exact_arithmetic():
        reader = load_reader(checkpoint, max(view.layer for view in views), device)
        limits = [min(view.max_length, reader.context) for view in views]
        whole, cut = _encode(reader.tokenizer, texts, limits, template)
        sequences = arrange_sequences(whole, cut, device)
        places: dict[int, list[Place]] = {limit: [] for limit in limits}
        for view, limit in zip(views, limits, strict=True):
            places[limit].append((view.layer, view.pool))
        room = Room(max(len(batch.rows) for batch in sequences.batches))
        found = _Found(reader, sequences, places)
        room.within(found.read)
    states = found.gather()
    kept = [
        states[view.layer, view.pool][sequences.at[limit]]
        for view, limit in zip(views, limits, strict=True)
    ]
    return BlockStates(kept, [len(cut[limit]) for limit in limits], room.halved, room.size)


def _encode(
    tokenizer: Any, texts: Sequence[str], limits: Sequence[int], template: bool
) -> tuple[tuple[np.ndarray, ...], dict[int, dict[int, np.ndarray]]]:
    """Token ids of each text; for each limit also those of the texts that are longer."""
    whole = encode(tokenizer, texts, UNLIMITED, template).ids
    cut: dict[int, dict[int, np.ndarray]] = {}
    for limit in sorted(set(limits)):
        longer = [text for text, ids in enumerate(whole) if len(ids) > limit]
        cut[limit] = {}
        if longer:
            shortened = encode(tokenizer, [texts[text] for text in longer], limit, template).ids
            cut[limit] = dict(zip(longer, shortened, strict=True))
    return whole, cut


class _Found:
    """Pooled states of the sequences of a block that were read so far.

    Args:
        reader: the model.
        sequences: the sequences and their batches.
        places: for each limit: layers and pools.
    """

    def __init__(self, reader: Reader, sequences: Sequences, places: dict[int, list[Place]]):
        self.reader, self.sequences, self.places = reader, sequences, places
        self.parts: list[tuple[np.ndarray, dict[Place, Any]]] = []  # rows, and tensors
        self.done: set[int] = set()

    def read(self, size: int) -> None:
        """Read the sequences that were not read yet, at most `size` at once."""
        for batch in self.sequences.batches:
            needed = {place for limit in batch.limits for place in self.places[limit]}
            left = np.array([row for row in batch.rows if row not in self.done], np.int64)
            for start in range(0, len(left), size):
                rows = left[start : start + size]
                ids = [self.sequences.ids[row] for row in rows]
                self.parts.append((rows, self.reader.pooled(ids, needed)))
                self.done.update(rows.tolist())

    def gather(self) -> dict[Place, np.ndarray]:
        """(sequences, D) float32 for each layer and pool; rows without a view are undefined."""
        found: dict[Place, np.ndarray] = {}
        rows = [part for part, tensors in self.parts for _ in tensors]
        places = [place for _, tensors in self.parts for place in tensors]
        arrays = to_host([each for _, tensors in self.parts for each in tensors.values()])
        for place, part, array in zip(places, rows, arrays, strict=True):
            if place not in found:
                shape = (len(self.sequences.ids), array.shape[1])
                found[place] = np.empty(shape, np.float32)
            found[place][part] = array
        return found
