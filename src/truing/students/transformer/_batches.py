"""Batches: sequences of like length together, so that little is computed for padding."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np


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
