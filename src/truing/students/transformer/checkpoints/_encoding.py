"""Encoding: token ids of texts, and batches of sequences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from truing.errors import DataError, UserError
from truing.tasks import Dialogue

Pooling = Literal["last", "mean", "cls"]
WINDOW = 8  # number of batches within which random items are sorted by length


@dataclass(frozen=True)
class Encoded:
    """Tokenized texts.

    Attributes:
        ids: token ids of each text, int64, special tokens included; no array is empty.
        cut: number of texts that were longer than `max_length`.
    """

    ids: tuple[np.ndarray, ...]
    cut: int


def encode(
    tokenizer: Any, texts: Sequence[str], max_length: int, template: bool = False
) -> Encoded:
    """Tokenize texts.

    A text that is too long is truncated at its beginning, because the answer, or the choice in
    which the texts of an item differ, is at the end. An empty text is encoded as the tokenizer's
    end-of-text token.

    Args:
        tokenizer: a tokenizer from `load_tokenizer`.
        texts: the texts.
        max_length: maximum number of tokens per text, special tokens included.
        template: format dialogues with the tokenizer's chat template, which adds special tokens.

    Raises:
        UserError: `template` is set, but the tokenizer has no chat template.
        DataError: `template` is set, but a text is not a list of messages.
    """
    if template:
        texts = format_dialogues(tokenizer, texts)
    added = {"add_special_tokens": not template}
    side, tokenizer.truncation_side = tokenizer.truncation_side, "left"
    try:
        found = tokenizer(list(texts), truncation=True, max_length=max_length, **added)["input_ids"]
    finally:
        tokenizer.truncation_side = side
    full = [text for text, tokens in zip(texts, found, strict=True) if len(tokens) >= max_length]
    whole = tokenizer(full, truncation=False, verbose=False, **added)["input_ids"] if full else []
    empty = tokenizer.pad_token_id if tokenizer.eos_token_id is None else tokenizer.eos_token_id
    ids = tuple(np.array(tokens or [empty], np.int64) for tokens in found)
    return Encoded(ids, sum(len(tokens) > max_length for tokens in whole))


def format_dialogues(tokenizer: Any, texts: Sequence[str]) -> list[str]:
    """Dialogues formatted with the chat template of a tokenizer; raises the errors of `encode`."""
    if not tokenizer.chat_template:
        raise UserError(
            "template=true needs a tokenizer with a chat template, but this checkpoint's tokenizer "
            "has none; omit template"
        )
    written = []
    for text in texts:
        if not isinstance(text, Dialogue):
            raise DataError(
                f"template=true needs texts that are lists of messages, got {text[:40]!r}; omit "
                "template, or write the texts as messages with 'role' and 'content'"
            )
        messages = [{"role": role, "content": content} for role, content in text.messages]
        written.append(tokenizer.apply_chat_template(messages, tokenize=False))
    return written


def special_start(tokenizer: Any) -> np.ndarray:
    """(0 or 1,) the token with which the tokenizer starts every text; empty if there is none."""
    first = tokenizer.bos_token_id
    begins = first is not None and tokenizer("a")["input_ids"][:1] == [first]
    return np.array([first] if begins else [], np.int64)


def pad(
    ids: Sequence[np.ndarray], pad_id: int, side: Literal["right", "left"] = "right"
) -> tuple[Any, Any]:
    """Pad sequences to one tensor.

    With padding on the right, the positions of the tokens are those that a model counts by itself.
    With padding on the left, all sequences end at the same place, and a causal model needs explicit
    positions.

    Returns:
        Input ids and attention mask (1 for tokens, 0 for padding), both (B, longest) int64.
    """
    import torch

    longest = max(len(sequence) for sequence in ids)
    tokens = np.full((len(ids), longest), pad_id, np.int64)
    mask = np.zeros((len(ids), longest), np.int64)
    for row, sequence in enumerate(ids):
        start = 0 if side == "right" else longest - len(sequence)
        filled = slice(start, start + len(sequence))
        tokens[row, filled], mask[row, filled] = sequence, 1
    return torch.from_numpy(tokens), torch.from_numpy(mask)


def pooled(states: Any, mask: Any, pool: Pooling) -> Any:
    """(B, width) float32: pooled states (B, longest, width) of sequences padded on the right.

    Args:
        states: hidden states of a layer.
        mask: (B, longest) attention mask, as from `pad`.
        pool: the last token, the mean over the tokens, or the first token (`cls`).
    """
    import torch

    mask = mask.to(states.device)
    if pool == "cls":
        return states[:, 0].float()
    if pool == "mean":
        weight = mask[:, :, None].float()
        return (states.float() * weight).sum(dim=1) / weight.sum(dim=1)
    last = mask.sum(dim=1) - 1
    return states[torch.arange(len(states), device=states.device), last].float()


def batches_in_order(
    lengths: np.ndarray, batch_size: int, num_epochs: int, rng: np.random.Generator
) -> list[np.ndarray]:
    """Items of every step, as positions among the learning items.

    Each epoch shuffles all items. Windows of a few batches are sorted by length and cut into
    batches, and all batches are shuffled again. So there is little padding, and the order of steps
    does not depend on length.

    Args:
        lengths: (n,) number of tokens of each item.
        batch_size: number of items per step.
        num_epochs: number of passes over all items.
        rng: random generator of the order.
    """
    steps: list[np.ndarray] = []
    for _ in range(num_epochs):
        order = rng.permutation(len(lengths))
        cuts: list[np.ndarray] = []
        for start in range(0, len(order), WINDOW * batch_size):
            window = order[start : start + WINDOW * batch_size]
            window = window[np.argsort(lengths[window], kind="stable")]
            cuts += [window[at : at + batch_size] for at in range(0, len(window), batch_size)]
        steps += [cuts[at] for at in rng.permutation(len(cuts))]
    return steps
