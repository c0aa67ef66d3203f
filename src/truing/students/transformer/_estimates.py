"""Size of a checkpoint: estimates of the memory and of the work of a forward pass."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from truing.students.transformer._activations import View
from truing.students.transformer._checkpoint import PICKLED, SAFE, Checkpoint

SINGLE = 4  # bytes per parameter in memory on a CPU
ITEMS = {"float32": 4, "float16": 2, "bfloat16": 2}  # bytes per parameter of a checkpoint
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
    """Approximate numbers of parameters in the blocks and in the embeddings."""
    config, folder = checkpoint.config, Path(checkpoint.path)
    files = list(folder.glob(SAFE)) or list(folder.glob(PICKLED))
    stored = sum(file.stat().st_size for file in files)
    whole = stored // ITEMS.get(str(config.dtype).removeprefix("torch."), SINGLE)
    text = config.get_text_config()
    tied = getattr(text, "tie_word_embeddings", True)
    embeddings = text.vocab_size * text.hidden_size * (1 if tied else 2)
    embeddings = min(embeddings, whole)
    return whole - embeddings, embeddings
