"""Parts of a composition that act before training: transforms, selections, new labels.

A part is a function of labels (n, k), the evidence, and the composition's arguments by name. No
part uses the ground truth. Second opinions about an item, from its nearest neighbors or from a
student, do not use the label of the item.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from truing.methods._confident_filter import check_confidence
from truing.methods._knn_relabel import find_voters, fold_of, vote
from truing.methods._logreg_relabel import FOLDS, predicted
from truing.methods._method import Evidence, harden, most_confident
from truing.methods._noisy_channel import posterior
from truing.methods._overlap_density import overlapping

EM_ROUNDS = 10
SMOOTHING = 1.0  # of the channel, in items; as in noisy-channel

Part = Callable[[np.ndarray, Evidence, Mapping[str, Any]], np.ndarray]
"""(labels (n, k), evidence, arguments) -> labels (n, k), or selection (n,) from 0 to 1."""


def sharpened(labels: np.ndarray, power: float) -> np.ndarray:
    """Probabilities (n, k) raised to a power and normalized: temperature 1 / power."""
    relative = (labels / labels.max(axis=1, keepdims=True)) ** power  # the largest is 1
    return relative / relative.sum(axis=1, keepdims=True)


def smoothed(labels: np.ndarray, share: float) -> np.ndarray:
    """(1 - share) labels + share / k, (n, k): label smoothing (Szegedy et al. 2016, section 7)."""
    return (1 - share) * labels + share / labels.shape[1]


def rebalanced(labels: np.ndarray, strength: float) -> np.ndarray:
    """Labels (n, k) adjusted to equally frequent choices (Saerens et al. 2002).

    Each probability is divided by (mean probability of its choice)^strength; then each row is
    normalized.
    """
    mean = np.maximum(labels.mean(axis=0), 1e-12)
    reweighed = labels * (1 / mean) ** strength
    return reweighed / reweighed.sum(axis=1, keepdims=True)


def unscrambled(labels: np.ndarray, evidence: Evidence, neighbors: int) -> np.ndarray:
    """(n, k) posterior of a noisy channel, with the votes of nearest neighbors as the prior.

    EM as in `noisy-channel`, but the prior is the cross-fitted vote of an item's neighbors instead
    of the student's belief. Neighbors vote with the labels in the first round, and with the
    posterior of the previous round in later rounds.
    """
    voters = _voters(evidence, neighbors)
    found = labels
    for _ in range(EM_ROUNDS):
        found = posterior(labels, vote(found, voters), SMOOTHING)
    return found


def voted(labels: np.ndarray, evidence: Evidence, neighbors: int) -> np.ndarray:
    """(n, k) mean label of each item's nearest neighbors in other folds."""
    return vote(labels, _voters(evidence, neighbors))


def surest(labels: np.ndarray, evidence: Evidence, keep: float) -> np.ndarray:
    """(n,) weights 0..1 that select the share of items with the most confident labels.

    After `transform=harden` all labels are equally confident, and all items get the same weight.

    Raises:
        DataError: the labels of the supervisor are all equally confident.
    """
    check_confidence(evidence.weak)
    return most_confident(labels, keep)


def agreeing(labels: np.ndarray, opinion: np.ndarray) -> np.ndarray:
    """(n,) whether both have a common likeliest choice; tied choices all count as likeliest."""
    return (harden(labels) * harden(opinion)).sum(axis=1) > 0


def _voters(evidence: Evidence, neighbors: int) -> list[tuple[np.ndarray, np.ndarray]]:
    fold = fold_of(evidence.clusters, FOLDS, evidence.rng)
    return find_voters(evidence.flat_features, fold, neighbors)


TRANSFORMS: dict[str, Part] = {
    "identity": lambda labels, evidence, given: labels,
    "sharpen": lambda labels, evidence, given: sharpened(labels, 1 / given["temperature"]),
    "soften": lambda labels, evidence, given: sharpened(labels, given["temperature"]),
    "harden": lambda labels, evidence, given: harden(labels),
    "smooth": lambda labels, evidence, given: smoothed(labels, given["smoothing"]),
    "balance": lambda labels, evidence, given: rebalanced(labels, given["balance"]),
    "channel": lambda labels, evidence, given: unscrambled(labels, evidence, given["neighbors"]),
}
"""Changes of the weak labels, by value of `transform`."""

SELECTIONS: dict[str, Part] = {
    "all": lambda labels, evidence, given: np.ones(len(labels), bool),
    "confident": lambda labels, evidence, given: surest(labels, evidence, given["keep"]),
    "overlap": lambda labels, evidence, given: overlapping(labels, evidence.features),
    "knn": lambda labels, evidence, given: agreeing(
        labels, voted(labels, evidence, given["neighbors"])
    ),
    "student": lambda labels, evidence, given: agreeing(labels, predicted(labels, evidence)),
}
"""Selections of items by their transformed labels, by value of `select`."""

RELABELINGS: dict[str, Part] = {
    "none": lambda labels, evidence, given: labels,
    "knn": lambda labels, evidence, given: voted(labels, evidence, given["neighbors"]),
    "student": lambda labels, evidence, given: predicted(labels, evidence),
}
"""Sources of new labels, by value of `relabel`."""
