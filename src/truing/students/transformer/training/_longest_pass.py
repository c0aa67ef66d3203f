"""The longest forward pass of a fine-tuning, which determines its memory."""

from __future__ import annotations

from functools import lru_cache

from truing.students.transformer.checkpoints import Checkpoint
from truing.students.transformer.reading import CHARACTERS, divided
from truing.students.transformer.training._settings import Output, Settings
from truing.tasks import Task

SPECIAL = 2  # special tokens of a text


def longest_pass(checkpoint: Checkpoint, settings: Settings, task: Task) -> tuple[int, int]:
    """Numbers of tokens and of sequences of the longest forward pass of a fine-tuning; rough.

    The batch of the longest items, at 4 characters per token, with its padding.
    """
    characters, sequences = _longest_item(task, settings.output)
    longest = min(characters // CHARACTERS + SPECIAL, settings.max_length, checkpoint.context)
    item = longest * sequences
    tokens = item * min(settings.batch_size, len(task))
    if settings.max_tokens:
        tokens = max(item, min(tokens, settings.max_tokens))
    return tokens, tokens // longest


@lru_cache(maxsize=16)
def _longest_item(task: Task, output: Output) -> tuple[int, int]:
    """Number of characters of a task's longest sequence, and of sequences of an item."""
    if task.medium != "texts":  # refused when the items are encoded
        return 0, 1
    if task.kind == "classification":
        return max(map(len, task.inputs)), 1
    texts = [task.own_texts(item) for item in range(len(task))]
    if output == "classify":
        return max(len(text) for own in texts for text in own), max(map(len, texts))
    prompts = [divided(own) for own in texts]  # with all choices, in every cyclic order
    longest = max(len(stem) + sum(map(len, choices)) for stem, choices in prompts)
    return longest, max(map(len, texts))
