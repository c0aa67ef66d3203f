"""Parts of a composition that act before training: transforms, selections, relabellings.

A part is a function of labels (n, k), what a method may look at, and the composition's arguments by
name. Nothing here holds truth: whoever is asked for a second opinion about an item, its neighbours
or a student, was not shown the item's own label.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from truing.methods._confident_filter import check_confidence
from truing.methods._knn_relabel import find_voters, fold_of, vote
from truing.methods._method import Evidence, follow, harden, most_confident
from truing.methods._noisy_channel import posterior
from truing.methods._overlap_density import overlapping
from truing.students import Head, fit_heads, make_design

FOLDS = 5  # of the learning items, for second opinions; as knn-relabel's
EM_ROUNDS = 10
SMOOTHING = 1.0  # of the channel, in items; as noisy-channel's
PENALTY = 1.0  # of the students that are asked; the default of `truing.students`

Part = Callable[[np.ndarray, Evidence, Mapping[str, Any]], np.ndarray]
"""(labels (n, k), evidence, arguments) -> labels (n, k), or (n,) how far items are selected."""


def sharpened(labels: np.ndarray, power: float) -> np.ndarray:
    """Probabilities (n, k) raised to a power and normalised: temperature 1 / power."""
    relative = (labels / labels.max(axis=1, keepdims=True)) ** power  # the largest stays at one
    return relative / relative.sum(axis=1, keepdims=True)


def smoothed(labels: np.ndarray, share: float) -> np.ndarray:
    """Labels (n, k), a share of them spread evenly (Szegedy et al. 2016, section 7)."""
    return (1 - share) * labels + share / labels.shape[1]


def rebalanced(labels: np.ndarray, strength: float) -> np.ndarray:
    """Labels (n, k) as they would be, were all choices alike frequent (Saerens et al. 2002).

    Each probability is divided by the mean of its choice, to the power of the strength.
    """
    mean = np.maximum(labels.mean(axis=0), 1e-12)
    reweighed = labels * (1 / mean) ** strength
    return reweighed / reweighed.sum(axis=1, keepdims=True)


def unscrambled(labels: np.ndarray, evidence: Evidence, neighbours: int) -> np.ndarray:
    """(n, k) posterior of a noisy channel, whose prior is what an item's neighbours are held for.

    EM as in `noisy-channel`, with the cross-fitted vote of the neighbours in the student's place:
    they vote by the posterior of the round before, at first by the labels.
    """
    voters = _voters(evidence, neighbours)
    found = labels
    for _ in range(EM_ROUNDS):
        found = posterior(labels, vote(found, voters), SMOOTHING)
    return found


def voted(labels: np.ndarray, evidence: Evidence, neighbours: int) -> np.ndarray:
    """(n, k) what the neighbours in other folds say of each item."""
    return vote(labels, _voters(evidence, neighbours))


def cross_fitted(labels: np.ndarray, evidence: Evidence) -> np.ndarray:
    """(n, k) beliefs of students that learnt the labels of the other folds; the item's own label
    where all items are of one fold.
    """
    fold = fold_of(evidence.clusters, FOLDS, evidence.rng)
    held_out = [np.flatnonzero(fold == one) for one in np.unique(fold)]
    if len(held_out) == 1:
        return labels
    learn = [np.setdiff1d(np.arange(len(fold)), rows) for rows in held_out]
    designs = [make_design(evidence.features, rows, labels.shape[1]) for rows in learn]
    heads = [
        Head(number, labels[rows], np.ones(len(rows)), PENALTY, follow, static=True)
        for number, rows in enumerate(learn)
    ]
    beliefs = np.empty_like(labels)
    for design, weights, rows in zip(designs, fit_heads(designs, heads), held_out, strict=True):
        beliefs[rows] = design.beliefs(weights[None])[0][rows]
    return beliefs


def surest(labels: np.ndarray, evidence: Evidence, keep: float) -> np.ndarray:
    """(n,) how far items are among the share with the most confident labels.

    After `transform=harden` all labels are equally confident, and all items count alike.

    Raises:
        DataError: the supervisor's labels themselves are all equally confident.
    """
    check_confidence(evidence.weak)
    return most_confident(labels, keep)


def agreeing(labels: np.ndarray, opinion: np.ndarray) -> np.ndarray:
    """(n,) whether both have a likeliest choice in common; equally likely choices all count."""
    return (harden(labels) * harden(opinion)).sum(axis=1) > 0


def _voters(evidence: Evidence, neighbours: int) -> list[tuple[np.ndarray, np.ndarray]]:
    fold = fold_of(evidence.clusters, FOLDS, evidence.rng)
    return find_voters(evidence.flat_features, fold, neighbours)


TRANSFORMS: dict[str, Part] = {
    "identity": lambda labels, evidence, given: labels,
    "sharpen": lambda labels, evidence, given: sharpened(labels, 1 / given["temperature"]),
    "soften": lambda labels, evidence, given: sharpened(labels, given["temperature"]),
    "harden": lambda labels, evidence, given: harden(labels),
    "smooth": lambda labels, evidence, given: smoothed(labels, given["smoothing"]),
    "balance": lambda labels, evidence, given: rebalanced(labels, given["balance"]),
    "channel": lambda labels, evidence, given: unscrambled(labels, evidence, given["neighbours"]),
}
"""What is made of the supervisor's confidence."""

SELECTIONS: dict[str, Part] = {
    "all": lambda labels, evidence, given: np.ones(len(labels), bool),
    "confident": lambda labels, evidence, given: surest(labels, evidence, given["keep"]),
    "overlap": lambda labels, evidence, given: overlapping(labels, evidence.features),
    "knn": lambda labels, evidence, given: agreeing(
        labels, voted(labels, evidence, given["neighbours"])
    ),
    "student": lambda labels, evidence, given: agreeing(labels, cross_fitted(labels, evidence)),
}
"""Which items the student learns from, by their transformed labels; the others count less."""

RELABELLINGS: dict[str, Part] = {
    "none": lambda labels, evidence, given: labels,
    "knn": lambda labels, evidence, given: voted(labels, evidence, given["neighbours"]),
    "student": lambda labels, evidence, given: cross_fitted(labels, evidence),
}
"""What takes the place of the transformed labels."""
