"""Frozen activations of a pretrained transformer: the fast regime of real language models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from typing import get_args

import numpy as np

from truing.students.features._features import FeatureMap, features
from truing.students.transformer._activations import Pool, activations
from truing.students.transformer._checkpoint import Checkpoint, find_checkpoint
from truing.students.transformer._device import need_extra, pick_device
from truing.tasks import Task


@features("hf/{checkpoint:NAME}@layer-{layer:K}")
def hf(
    checkpoint: str, layer: int, pool: Pool = "last", max_length: int = 1024, template: bool = False
) -> FeatureMap:
    """A layer of a frozen transformer from the Hub or a folder, read once (pool=mean: all tokens).

    Args:
        checkpoint: hub id or local folder.
        layer: 0 for the embeddings, then the output of each block.
        pool: the last token, or the mean over the text's tokens.
        max_length: tokens of a text that are read; a longer one loses its beginning.
        template: write texts that are lists of messages with the tokenizer's chat template.
    """
    need_extra(f"hf/{checkpoint}")
    if pool not in get_args(Pool):
        raise ValueError(f"pool must be {' or '.join(get_args(Pool))}, not {pool!r}")
    if max_length < 8:
        raise ValueError(f"max_length must be 8 or more, not {max_length}")
    return _Layer(find_checkpoint(checkpoint), layer, pool, max_length, template)


@dataclass(frozen=True)
class _Layer:
    """A feature map that knows which weights and libraries its numbers come from."""

    checkpoint: Checkpoint
    layer: int
    pool: Pool
    max_length: int
    template: bool = False

    def __call__(self, task: Task) -> np.ndarray:
        return self.together([self])[0](task)

    @property
    def family(self) -> str:
        """The same for maps that `together` serves with one reading of the texts."""
        return f"{self.checkpoint.digest} {self.pool} {self.max_length} {self.template}"

    def together(self, maps: Sequence[_Layer]) -> list[FeatureMap]:
        """Maps of one family in other words: the first that is asked reads the texts for all."""

        @cache
        def read(task: Task) -> list[np.ndarray]:
            layers = [one.layer for one in maps]
            return activations(
                self.checkpoint, task, layers, self.pool, self.max_length, self.template
            )

        def layer(number: int) -> FeatureMap:
            return lambda task: read(task)[number]

        return [layer(number) for number in range(len(maps))]

    @property
    def gpus(self) -> int:
        """GPUs that an extraction asks for: none where there are none."""
        return 1 if pick_device() == "cuda" else 0

    @property
    def provenance(self) -> dict[str, str]:
        """In place of the checkpoint's name, what tells it wherever it lies."""
        libraries = ("torch", "transformers", "tokenizers")
        return {"checkpoint": self.checkpoint.digest} | {one: version(one) for one in libraries}
