"""Size of a checkpoint: estimates of the memory and of the work of passes over texts."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from truing.students.transformer.checkpoints import PICKLED, Checkpoint, model_size
from truing.students.transformer.reading._activations import View
from truing.students.transformer.reading._language_model import Question

SINGLE = 4  # bytes per parameter in memory on a CPU
BASE = 1 << 29  # bytes of PyTorch, and of the hidden states of a batch
CHARACTERS = 4  # characters per token
SHORT = 12  # characters of an answer that is a single token, so that no sequence is read for it


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


def estimate_answer_work(checkpoint: Checkpoint, questions: Sequence[Question]) -> float:
    """Floating-point operations of reading the answers of some questions; rough, 0 if unknown.

    As `estimate_work`, and the output layer for the tokens of each answer. Short answers of a
    question share its prompt.
    """
    body, outside = _parameters(checkpoint)
    read = answered = 0.0
    for question in questions:
        longer = [answer for answer in question.answers if len(answer) > SHORT]
        prompts = len(longer) if longer else 1
        read += prompts * (1 + len(question.prompt) / CHARACTERS)
        tokens = sum(1 + len(answer) / CHARACTERS for answer in longer)
        read, answered = read + tokens, answered + max(tokens, 1)
    return 2 * (body * read + outside * answered)


@cache
def _parameters(checkpoint: Checkpoint) -> tuple[int, int]:
    """Numbers of parameters in the blocks and outside; of pickled weights their size decides."""
    folder = Path(checkpoint.path)
    whole, others = model_size(folder), model_size(folder, 0)
    if whole is not None and others is not None:
        return whole.parameters - others.parameters, others.parameters
    pickled = sum(file.stat().st_size for file in folder.glob(PICKLED))
    return pickled // SINGLE, 0
