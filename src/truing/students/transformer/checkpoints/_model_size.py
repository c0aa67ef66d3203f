"""Size of a checkpoint: parameters and layers, from the headers of its safetensors files."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path

BLOCK = re.compile(r"(?:^|\.)(?:layers?|h|blocks)\.(\d+)\.")  # number of a block in a weight's name
OUTPUT = re.compile(r"(?:^|\.)(?:lm_head|cls|score|classifier|embed_out)\.")  # not in the backbone


@dataclass(frozen=True)
class ModelSize:
    """Size of a model, or of its part up to a layer.

    Attributes:
        parameters: number of parameters, embeddings included, the output layer excluded.
        layers: number of blocks.
    """

    parameters: int
    layers: int


def model_size(folder: Path, layer: int | None = None) -> ModelSize | None:
    """Size of the model in a folder; None without safetensors.

    Args:
        folder: folder of a checkpoint.
        layer: number of blocks that count; None for all.
    """
    counts: dict[int, int] = {}  # parameters by block; 0 for the others
    for file in folder.glob("*.safetensors"):
        for name, size in _weight_sizes(file).items():
            block = BLOCK.search(name)
            if not OUTPUT.search(name):
                number = int(block[1]) + 1 if block else 0
                counts[number] = counts.get(number, 0) + size
    if not counts:
        return None
    top = max(counts) if layer is None else min(layer, max(counts))
    return ModelSize(sum(size for number, size in counts.items() if number <= top), top)


def _weight_sizes(file: Path) -> dict[str, int]:
    """Number of parameters of each weight of a safetensors file; empty if it is damaged."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(file, framework="numpy") as weights:
            names = list(weights.keys())
            return {name: math.prod(weights.get_slice(name).get_shape()) for name in names}
    except (OSError, SafetensorError):
        return {}
