"""Parts: a batch is computed in parts that fit into memory; gradients are accumulated over them."""

from __future__ import annotations

import numpy as np


def cut_parts(
    lengths: np.ndarray, counts: np.ndarray, size: int, tokens: float = float("inf")
) -> list[np.ndarray]:
    """Cut items, in their order, into parts for one forward pass each.

    Args:
        lengths: (n,) number of tokens of each item's longest sequence.
        counts: (n,) number of sequences of each item.
        size: maximum number of items per part.
        tokens: maximum number of tokens per part, padding included; an item with more tokens is a
            part by itself.

    Returns:
        Positions of the items of each part.

    Examples:
        >>> import numpy as np
        >>> from truing.students.transformer.training._parts import cut_parts
        >>> lengths, counts = np.array([4, 5, 9, 30]), np.ones(4, int)
        >>> [part.tolist() for part in cut_parts(lengths, counts, 32, tokens=20)]
        [[0, 1], [2], [3]]
    """
    parts: list[np.ndarray] = []
    first, longest, sequences = 0, 0, 0
    for at, (length, count) in enumerate(zip(lengths.tolist(), counts.tolist(), strict=True)):
        longest, sequences = max(longest, length), sequences + count
        if at > first and (at - first == size or longest * sequences > tokens):
            parts.append(np.arange(first, at))
            first, longest, sequences = at, length, count
    return [*parts, np.arange(first, len(lengths))]
