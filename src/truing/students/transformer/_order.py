"""Order: which items a step learns from. At random, and yet alike in length within a batch."""

from __future__ import annotations

import numpy as np

WINDOW = 8  # batches of random items among which items of one length find together


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
