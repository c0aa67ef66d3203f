"""Activations of a frozen pretrained transformer as features, much cheaper than fine-tuning."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

import numpy as np

from truing.arguments import Within
from truing.errors import DataError, Notice
from truing.sources import package_version
from truing.students.features._blocks import (
    BlockFeatures,
    FeatureBlock,
    distinct_texts,
    place_rows,
    read_together,
)
from truing.students.features._features import FeatureMap, features
from truing.students.transformer.checkpoints import (
    Checkpoint,
    ModelSize,
    find_checkpoint,
    model_size,
    need_extra,
    pick_device,
)
from truing.students.transformer.reading import (
    Pool,
    View,
    check_readable,
    cut_blocks,
    estimate_memory,
    estimate_work,
    read_block,
)
from truing.tasks import Task

Storage = Literal["float32", "float16"]


@features("hf/{checkpoint:NAME}@layer-{layer:K}")
def hf(
    checkpoint: str,
    layer: Annotated[int, Within("[0, inf)")],
    pool: Pool = "last",
    max_length: Annotated[int, Within("[8, inf)")] = 1024,
    template: bool = False,
    storage: Storage = "float32",
    revision: str = "",
) -> FeatureMap:
    """Activations of layer K of a frozen transformer, from the Hub or a folder.

    Args:
        checkpoint: hub id or local folder.
        layer: 0 for the embeddings, then the output of each block.
        pool: the last token, or the mean over the tokens of the text.
        max_length: maximum number of tokens per text; a longer text is truncated at its beginning.
        template: format texts that are lists of messages with the tokenizer's chat template.
        storage: type of the stored values; float16 halves the disk space and rounds each value to
            11 bits (relative error up to 0.0005).
        revision: branch, tag or commit of a hub id; empty for its main branch.
    """
    need_extra(f"hf/{checkpoint}")
    view = View(layer, pool, max_length)
    return _Layer(find_checkpoint(checkpoint, revision), view, template, storage)


@dataclass(frozen=True)
class _Layer(BlockFeatures):
    """Feature map of a layer, identified by its weights and libraries instead of its name."""

    checkpoint: Checkpoint
    view: View
    template: bool
    storage: Storage

    def __call__(self, task: Task) -> np.ndarray:
        """Features of a task, computed in this process; float32."""
        self.check(task)
        texts = distinct_texts(task)
        blocks = self.cut(texts)
        found, done = np.zeros((0, 0), np.float32), list[FeatureBlock]()
        for block, (rows, at) in zip(blocks, place_rows(task, blocks), strict=True):
            (read,) = read_together([self], [self.name], [texts[text] for text in block])
            if not done:
                found = np.full((task.inputs.size, read.values.shape[1]), np.nan, np.float32)
            found[rows] = read.values[at]
            done.append(replace(read, values=read.values[:0]))
        for notice in self.notices(task, done):
            warnings.warn(notice, Notice, stacklevel=2)
        return found.reshape(*task.inputs.shape, -1)

    @property
    def name(self) -> str:
        """Short name for messages."""
        return f"hf/{self.checkpoint.name}@layer-{self.view.layer}"

    @property
    def family(self) -> str:
        """Key of a family: all layers, pools and limits of a checkpoint read a block together."""
        return f"{self.checkpoint.digest} {self.template}"

    @cached_property
    def size(self) -> ModelSize | None:
        """Size of the model up to this layer."""
        return model_size(Path(self.checkpoint.path), self.view.layer)

    @property
    def gpus(self) -> int:
        """GPUs that a block needs: 1 on a machine with a GPU, otherwise 0."""
        return 1 if pick_device() == "cuda" else 0

    @property
    def memory(self) -> int:
        """Bytes of main memory that a process needs."""
        return estimate_memory(self.checkpoint)

    @property
    def provenance(self) -> dict[str, str]:
        """Digest of the weights and versions of the libraries; replaces the checkpoint's name."""
        libraries = ("torch", "transformers", "tokenizers")
        versions = {name: package_version(name) for name in libraries}
        return {"checkpoint": self.checkpoint.digest, **versions}

    def check(self, task: Task) -> None:
        """Raise DataError if the task has no texts, or the checkpoint no such layer."""
        check_readable(self.checkpoint, task, self.view.layer)

    def cut(self, texts: Sequence[str]) -> list[np.ndarray]:
        """Indices of the texts of each block."""
        return cut_blocks(texts, pick_device())

    def work(self, texts: Sequence[str]) -> float:
        """Estimated floating-point operations of a block up to this layer."""
        return estimate_work(self.checkpoint, self.view, texts)

    def read(self, maps: Sequence[BlockFeatures], texts: Sequence[str]) -> list[FeatureBlock]:
        """Activations of the texts of a block for each of several maps of this family."""
        layers = [each for each in maps if isinstance(each, _Layer)]
        found = read_block(self.checkpoint, texts, [each.view for each in layers], self.template)
        return [
            FeatureBlock(each._stored(states), cut, found.halved, found.size)
            for each, states, cut in zip(layers, found.states, found.cut, strict=True)
        ]

    def notices(self, task: Task, blocks: Sequence[FeatureBlock]) -> list[str]:
        """Remarks on truncated texts, and on lack of memory."""
        found, name = [], f"hf/{self.checkpoint.name}"
        if cut := sum(block.cut for block in blocks):
            limit = min(self.view.max_length, self.checkpoint.context)
            found.append(
                f"{name}: {cut} of {len(distinct_texts(task))} texts of {task.name} have more than "
                f"{limit} tokens and were truncated at the beginning"
            )
        short = [block for block in blocks if block.halved]
        if short:
            found.append(
                f"{name}: memory ran out {sum(block.halved for block in short)} times; the batch "
                f"size is now {min(block.size for block in short)} texts"
            )
        return found

    def _stored(self, states: np.ndarray) -> np.ndarray:
        """Activations in the type of the storage.

        Raises:
            DataError: a value is too large for the type.
        """
        largest, most = np.abs(states).max(), np.finfo(self.storage).max
        if largest > most:
            raise DataError(
                f"{self.name}: storage={self.storage} stores values up to {most:,.0f}, but the "
                f"activations have {largest:,.0f}; omit storage"
            )
        return states.astype(self.storage, copy=False)
