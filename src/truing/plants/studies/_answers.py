"""Answers that planted labels give in place of the honest ones, and on which share of the items."""

from __future__ import annotations

import numpy as np


def answers_of(labels: np.ndarray) -> np.ndarray:
    """(M,) most likely choice of each of the labels (M, k)."""
    return labels.argmax(axis=1)


def answer_with(labels: np.ndarray, items: np.ndarray, choices: np.ndarray) -> np.ndarray:
    """Labels that give another answer about some items, with the confidence of the honest labels.

    The probabilities of the honest answer and the other choice are exchanged, so a planted label
    has as much confidence as an honest label.

    Args:
        labels: (M, k) honest labels.
        items: (M,) whether an item gets another answer.
        choices: (M,) the other answers.

    Examples:
        >>> import numpy as np
        >>> from truing.plants.studies._answers import answer_with
        >>> labels = np.array([[0.7, 0.2, 0.1], [0.7, 0.2, 0.1]])
        >>> answer_with(labels, np.array([True, False]), np.array([2, 2])).tolist()
        [[0.1, 0.2, 0.7], [0.7, 0.2, 0.1]]
    """
    made, rows, honest = labels.copy(), np.arange(len(labels)), answers_of(labels)
    made[rows, honest], made[rows, choices] = labels[rows, choices], labels[rows, honest]
    return np.where(items[:, None], made, labels)


def most_likely_other(
    labels: np.ndarray, answers: np.ndarray, absent: np.ndarray | None, rng: np.random.Generator
) -> np.ndarray:
    """(M,) most likely choice other than an answer; equally likely choices are drawn at random.

    Args:
        labels: (M, k) probabilities.
        answers: (M,) the answers.
        absent: (M, k) choices that an item does not have; None if each item has k choices.
        rng: generator, from which the same numbers are drawn for all labels.

    Examples:
        >>> import numpy as np
        >>> from truing.plants.studies._answers import most_likely_other
        >>> labels = np.array([[0.5, 0.3, 0.2]])
        >>> most_likely_other(labels, labels.argmax(1), None, np.random.default_rng(0)).tolist()
        [1]
    """
    order = rng.random(labels.shape)
    others = labels.astype(np.float64)
    others[np.arange(len(labels)), answers] = -1
    if absent is not None:
        others[absent] = -1
    return np.where(others == others.max(axis=1, keepdims=True), order, -1).argmax(axis=1)


def share_of(
    items: np.ndarray, strength: float, learn: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """(M,) a random share of some items, exactly this share of the learned items among them.

    The items of a strength are among those of each larger strength.

    Args:
        items: (M,) whether an item can be chosen.
        strength: the share, from 0 to 1.
        learn: (n,) indices of the learned items.
        rng: generator, from which the same numbers are drawn for all strengths.
    """
    order, learned = rng.permutation(len(items)), np.zeros(len(items), bool)
    learned[learn] = True
    chosen = np.zeros(len(items), bool)
    for group in (items & learned, items & ~learned):
        of_group = order[group[order]]
        chosen[of_group[: count_of(strength, len(of_group))]] = True
    return chosen


def count_of(strength: float, count: int) -> int:
    """A share of a number of items as a whole number, rounded to the nearest.

    Examples:
        >>> from truing.plants.studies._answers import count_of
        >>> count_of(0.05, 30)
        2
    """
    return int(strength * count + 0.5)
