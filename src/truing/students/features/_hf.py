"""Activations of a frozen pretrained transformer as features, much cheaper than fine-tuning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Annotated

import numpy as np

from truing.arguments import Within
from truing.sources import package_version
from truing.students.features._features import FeatureMap, features
from truing.students.transformer._activations import Pool, activations
from truing.students.transformer._checkpoint import Checkpoint, find_checkpoint
from truing.students.transformer._device import need_extra, pick_device
from truing.tasks import Task


@features("hf/{checkpoint:NAME}@layer-{layer:K}")
def hf(
    checkpoint: str,
    layer: Annotated[int, Within("[0, inf)")],
    pool: Pool = "last",
    max_length: Annotated[int, Within("[8, inf)")] = 1024,
    template: bool = False,
) -> FeatureMap:
    """Activations of layer K of a frozen transformer, from the Hub or a folder.

    Args:
        checkpoint: hub id or local folder.
        layer: 0 for the embeddings, then the output of each block.
        pool: the last token, or the mean over the tokens of the text.
        max_length: maximum number of tokens per text; a longer text is truncated at its beginning.
        template: format texts that are lists of messages with the tokenizer's chat template.
    """
    need_extra(f"hf/{checkpoint}")
    return _Layer(find_checkpoint(checkpoint), layer, pool, max_length, template)


@dataclass(frozen=True)
class _Layer:
    """Feature map of a layer, identified by its weights and libraries instead of its name."""

    checkpoint: Checkpoint
    layer: int
    pool: Pool
    max_length: int
    template: bool = False

    def __call__(self, task: Task) -> np.ndarray:
        return self.together([self])[0](task)

    @property
    def family(self) -> str:
        """Key of a family: maps with equal keys can be computed in one pass over the texts."""
        return f"{self.checkpoint.digest} {self.pool} {self.max_length} {self.template}"

    def together(self, maps: Sequence[_Layer]) -> list[FeatureMap]:
        """Equivalent maps of one family; the first call reads the texts for all of them."""

        @cache
        def read(task: Task) -> list[np.ndarray]:
            layers = [each.layer for each in maps]
            return activations(
                self.checkpoint, task, layers, self.pool, self.max_length, self.template
            )

        def layer(number: int) -> FeatureMap:
            return lambda task: read(task)[number]

        return [layer(number) for number in range(len(maps))]

    @property
    def gpus(self) -> int:
        """GPUs that an extraction needs: 1 on a machine with a GPU, otherwise 0."""
        return 1 if pick_device() == "cuda" else 0

    @property
    def provenance(self) -> dict[str, str]:
        """Digest of the weights and versions of the libraries; replaces the checkpoint's name."""
        libraries = ("torch", "transformers", "tokenizers")
        versions = {name: package_version(name) for name in libraries}
        return {"checkpoint": self.checkpoint.digest, **versions}
