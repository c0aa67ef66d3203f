"""Texts of items, and the tokenizer of an exported folder."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from truing.students.transformer import Checkpoint, format_dialogues, load_tokenizer
from truing.tasks import Task


def save_tokenizer(checkpoint: Checkpoint, limit: int, folder: Path) -> Any:
    """Save a tokenizer that pads and truncates by itself as truing does; returns it."""
    tokenizer = load_tokenizer(checkpoint)
    tokenizer.model_max_length = limit
    tokenizer.save_pretrained(folder)
    file = folder / "tokenizer_config.json"
    sides = {"padding_side": "right", "truncation_side": "left"}  # transformers does not save them
    file.write_text(json.dumps({**json.loads(file.read_text()), **sides}, indent=2) + "\n")
    return tokenizer


def call_on_texts(
    task: Task, tokenizer: Any, template: bool
) -> Callable[[Callable[..., Any], int], np.ndarray]:
    """A function that calls a loaded function `beliefs` on the texts of an item."""

    def call(beliefs: Callable[..., Any], item: int) -> np.ndarray:
        texts = task.own_texts(item)
        if template:
            texts = format_dialogues(tokenizer, texts)
        found = beliefs(list(map(str, texts))).numpy()
        return found[0] if task.kind == "classification" else found

    return call
