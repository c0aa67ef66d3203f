"""Size of a checkpoint: estimates of the memory and of the work of a forward pass."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from truing.students.transformer._activations import View
from truing.students.transformer._checkpoint import PICKLED, Checkpoint
from truing.students.transformer._model_size import model_size

SINGLE = 4  # bytes per parameter in memory on a CPU
BASE = 1 << 29  # bytes of PyTorch, and of the hidden states of a batch
CHARACTERS = 4  # characters per token


def estimate_memory(checkpoint: Checkpoint) -> int:
    """Bytes of main memory that a process needs which reads texts with a model; rough."""
    return BASE + SINGLE * sum(_parameters(checkpoint))


def estimate_work(checkpoint: Checkpoint, view: View, texts: Sequence[str]) -> float:
    """Floating-point operations of a forward pass over texts up to a layer; rough, 0 if unknown.

    The matrix products of the blocks, at 2 operations per parameter and token and 4 characters per
    token. Attention and truncation are not counted.
    """
    body, _ = _parameters(checkpoint)
    tokens = sum(1 + len(text) / CHARACTERS for text in texts)
    return 2 * body * tokens * view.layer / checkpoint.layers


@cache
def _parameters(checkpoint: Checkpoint) -> tuple[int, int]:
    """Numbers of parameters in the blocks and outside; of pickled weights their size decides."""
    folder = Path(checkpoint.path)
    whole, others = model_size(folder), model_size(folder, 0)
    if whole is not None and others is not None:
        return whole.parameters - others.parameters, others.parameters
    pickled = sum(file.stat().st_size for file in folder.glob(PICKLED))
    return pickled // SINGLE, 0
