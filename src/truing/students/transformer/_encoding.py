"""Encoding: texts as token ids, and the batches in which they are computed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from truing.errors import DataError, UserError
from truing.tasks import Dialogue

WINDOW = 8  # batches of random items among which items of one length find together


@dataclass(frozen=True)
class Encoded:
    """Texts as a model reads them.

    Attributes:
        ids: one array of int64 for each text, special tokens included; none is empty.
        cut: texts that were longer than `max_length`.
    """

    ids: tuple[np.ndarray, ...]
    cut: int


def encode(
    tokenizer: Any, texts: Sequence[str], max_length: int, template: bool = False
) -> Encoded:
    """Tokenize texts.

    A text that is too long loses its beginning: an answer stands at the end, and so do the choices
    that tell an item's texts apart. An empty text is read as the tokenizer's end of text.

    Args:
        tokenizer: from `load_tokenizer`.
        max_length: tokens of a text, special tokens included.
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
        found = tokenizer(list(texts), truncation=True, max_length=max_length, **added)["input_ids"]
    finally:
        tokenizer.truncation_side = side
    full = [text for text, one in zip(texts, found, strict=True) if len(one) >= max_length]
    whole = tokenizer(full, truncation=False, verbose=False, **added)["input_ids"] if full else []
    empty = tokenizer.pad_token_id if tokenizer.eos_token_id is None else tokenizer.eos_token_id
    ids = tuple(np.array(one or [empty], np.int64) for one in found)
    return Encoded(ids, sum(len(one) > max_length for one in whole))


def _templated(tokenizer: Any, texts: Sequence[str]) -> list[str]:
    """Dialogues as the chat template of a tokenizer writes them."""
    if not tokenizer.chat_template:
        raise UserError(
            "template=true needs a tokenizer with a chat template, and this checkpoint's has none; "
            "leave template out"
        )
    written = []
    for text in texts:
        if not isinstance(text, Dialogue):
            raise DataError(
                f"template=true needs texts that are lists of messages, not {text[:40]!r}; leave "
                "template out, or write the items with 'role' and 'content'"
            )
        messages = [{"role": role, "content": content} for role, content in text.messages]
        written.append(tokenizer.apply_chat_template(messages, tokenize=False))
    return written


def length_batches(
    lengths: np.ndarray, size: int, tokens: float = float("inf")
) -> list[np.ndarray]:
    """Divide sequences into batches, the longest first: what does not fit into memory fails soon.

    Args:
        lengths: (N,) tokens of each sequence.
        size: sequences in a batch, at most.
        tokens: in a batch, padding included, at most; a longer sequence is a batch of its own.

    Returns:
        Indices of sequences; together each of them once.
    """
    lengths = np.asarray(lengths)
    order = np.argsort(-lengths, kind="stable")
    batches, at = [], 0
    while at < len(order):
        fit = min(size, tokens // max(int(lengths[order[at]]), 1))
        batches.append(order[at : at + max(1, int(fit))])
        at += len(batches[-1])
    return batches


def pad(
    ids: Sequence[np.ndarray], pad_id: int, side: Literal["right", "left"] = "right"
) -> tuple[Any, Any]:
    """Sequences as one tensor.

    Padded on the right, tokens stand at the positions that a model counts by itself; padded on the
    left, they end together, and a causal model must be told their positions.

    Returns:
        (B, longest) input ids and attention mask, int64: 1 where there is a token.
    """
    import torch

    longest = max(len(one) for one in ids)
    tokens = np.full((len(ids), longest), pad_id, np.int64)
    mask = np.zeros((len(ids), longest), np.int64)
    for row, one in enumerate(ids):
        filled = slice(0, len(one)) if side == "right" else slice(longest - len(one), longest)
        tokens[row, filled], mask[row, filled] = one, 1
    return torch.from_numpy(tokens), torch.from_numpy(mask)


def batches_in_order(
    lengths: np.ndarray, batch: int, epochs: int, rng: np.random.Generator
) -> list[np.ndarray]:
    """The items of every step, as positions among the learning items.

    Each epoch shuffles all items; those of a few batches are sorted by their length and cut into
    batches, which are shuffled again. Padding costs little then, and no length comes first.

    Args:
        lengths: (n,) tokens of each item.
    """
    steps: list[np.ndarray] = []
    for _ in range(epochs):
        order = rng.permutation(len(lengths))
        cuts: list[np.ndarray] = []
        for start in range(0, len(order), WINDOW * batch):
            window = order[start : start + WINDOW * batch]
            window = window[np.argsort(lengths[window], kind="stable")]
            cuts += [window[at : at + batch] for at in range(0, len(window), batch)]
        steps += [cuts[at] for at in rng.permutation(len(cuts))]
    return steps
