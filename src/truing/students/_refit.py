"""Refit: training of an estimator by a method's rule, in rounds.

The rounds are those of heads (see `truing.students.fit_heads`): in each round the rule receives the
beliefs of the estimator that was fitted in the previous round, and a new estimator is fitted from
scratch on the targets, of which a round replaces half. In the first round all classes are equally
likely. If the targets do not depend on the beliefs, a single round is enough and exact.

An estimator that reproduces its training labels, such as a forest of deep trees, has beliefs close
to its previous targets, so that methods which compare beliefs with weak labels have little effect.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from truing.errors import MethodError, UserError
from truing.failure import failure_line
from truing.given import shown
from truing.students._heads import RELAXATION, ROUNDS, Targets, check_some_weight, checked
from truing.students._weighted_rows import are_probabilities, fit_beliefs

ROUNDING = 0.01  # maximum deviation of a belief's sum from 1, in single precision


@dataclass(frozen=True)
class Refit:
    """A training of an estimator, or of several members of an ensemble.

    Attributes:
        make: number of a member -> a new estimator, not fitted.
        inputs: inputs of all A items.
        learn: (n,) indices of the learning items.
        labels: (n, k) labels of the learning items: probabilities.
        masses: (M, n) factor of each item's weight for each member, multiplied with the rule's.
        targets: the method's rule.
        static: the rule uses neither beliefs nor progress.
        peers: each of two members receives the targets made from the other's beliefs.
        rounds: number of rounds; None for the default, 16. A static rule takes a single round.
        label: name of the estimator, for messages.
        method: name of the method, for messages.
    """

    make: Callable[[int], Any]
    inputs: Any
    learn: np.ndarray
    labels: np.ndarray
    masses: np.ndarray
    targets: Targets
    static: bool
    peers: bool
    rounds: int | None
    label: str
    method: str


def refit(work: Refit) -> np.ndarray:
    """Train; returns the beliefs (M, A, k) of each member about all items.

    Raises:
        MethodError: the rule broke its contract, or its targets are not probabilities.
        UserError: the estimator failed, or its beliefs are not probabilities.
    """
    members, (items, classes) = len(work.masses), work.labels.shape
    targets = np.zeros((members, items, classes))
    weights = np.zeros((members, items))
    beliefs = np.full((members, items, classes), 1 / classes)
    rounds = 1 if work.static else work.rounds or ROUNDS
    for number in range(rounds):
        progress = number / (rounds - 1) if rounds > 1 else 1.0
        step = 1.0 if number == 0 else RELAXATION
        for member in range(members):
            seen = beliefs[1 - member if work.peers else member]
            made, given = _aims(work, work.labels if work.static else seen, progress)
            targets[member] += step * (made - targets[member])
            weights[member] += step * (given * work.masses[member] - weights[member])
        found = np.stack([_fitted(work, at, targets[at], weights[at]) for at in range(members)])
        beliefs = found[:, work.learn]
    for one in weights:
        check_some_weight(work.method, one)
    return found


def _aims(work: Refit, belief: np.ndarray, progress: float) -> tuple[np.ndarray, np.ndarray]:
    """Targets (n, k) and weights (n,) of the rule."""
    belief.flags.writeable = False
    made, given = checked(
        work.method, work.labels.shape, work.targets, work.labels, belief, progress
    )
    if not are_probabilities(made, given):
        raise MethodError(
            f"method {work.method!r} makes targets below 0, which an estimator "
            "cannot learn; use a head on features (pca-16) or a transformer as the student"
        )
    return np.maximum(made, 0), given


def _fitted(work: Refit, member: int, targets: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Beliefs (A, k) of a new estimator."""
    try:
        found = fit_beliefs(work.make(member), work.inputs, work.learn, targets, weights)
    except Exception as error:  # an estimator may raise anything; the message names it
        raise UserError(f"student {shown(work.label)!r} failed: {failure_line(error)}") from error
    sums = found.sum(axis=1, keepdims=True)
    if not ((found >= 0).all() and (np.abs(sums - 1) < ROUNDING).all()):
        raise UserError(f"student {shown(work.label)!r} has beliefs that are not probabilities")
    return found / sums
