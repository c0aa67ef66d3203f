"""Encoding: texts as token ids, and how many had to be cut."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from truing.errors import DataError, UserError
from truing.tasks import Dialogue


@dataclass(frozen=True)
class Encoded:
    """Texts as a model reads them.

    Attributes:
        ids: one array of int64 for each text, special tokens included; none is empty.
        cut: texts that were longer than the limit.
    """

    ids: tuple[np.ndarray, ...]
    cut: int


def encode(tokenizer: Any, texts: Sequence[str], limit: int, template: bool = False) -> Encoded:
    """Tokenize texts.

    A text that is too long loses its beginning: an answer stands at the end, and so do the choices
    that tell an item's texts apart. An empty text is read as the tokenizer's end of text.

    Args:
        tokenizer: from `load_tokenizer`.
        limit: tokens of a text, special tokens included.
        template: write dialogues with the tokenizer's chat template, which has the special tokens.

    Raises:
        UserError: `template`, and the tokenizer has no chat template.
        DataError: `template`, and a text that was not written as messages.
    """
    if template:
        texts = _templated(tokenizer, texts)
    added = {"add_special_tokens": not template}
    side, tokenizer.truncation_side = tokenizer.truncation_side, "left"
    try:
        found = tokenizer(list(texts), truncation=True, max_length=limit, **added)["input_ids"]
    finally:
        tokenizer.truncation_side = side
    full = [text for text, one in zip(texts, found, strict=True) if len(one) >= limit]
    whole = tokenizer(full, truncation=False, verbose=False, **added)["input_ids"] if full else []
    empty = tokenizer.pad_token_id if tokenizer.eos_token_id is None else tokenizer.eos_token_id
    ids = tuple(np.array(one or [empty], np.int64) for one in found)
    return Encoded(ids, sum(len(one) > limit for one in whole))


def _templated(tokenizer: Any, texts: Sequence[str]) -> list[str]:
    """Dialogues as the chat template of a tokenizer writes them."""
    if not tokenizer.chat_template:
        raise UserError(
            "template=true needs a tokenizer with a chat template, and this checkpoint's has none; "
            "leave template out"
        )
    plain = next((text for text in texts if not isinstance(text, Dialogue)), None)
    if plain is not None:
        raise DataError(
            f"template=true needs texts that are lists of messages, not {plain[:40]!r}; leave "
            "template out, or write the items with 'role' and 'content'"
        )
    return [
        tokenizer.apply_chat_template(
            [{"role": role, "content": content} for role, content in text.messages], tokenize=False
        )
        for text in texts
    ]
