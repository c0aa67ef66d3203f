"""Training students by their methods, many at once."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from truing.errors import MethodError
from truing.methods._method import Evidence, Method
from truing.students import (
    Head,
    absent_choices,
    checked,
    fit_heads,
    make_design,
    on_present_choices,
)

RUNAWAY = 1e8  # a head's weight that no data asks for


@dataclass(frozen=True)
class Training:
    """One student to be trained by one method.

    Attributes:
        method: how.
        name: of the method, for messages.
        learn: (n,) indices of the items that it learns from.
        labels: (n, k) their labels.
        clusters: (n,) their groups.
        l2: strength of the student's L2 penalty, 1 / C.
        chance: from which all randomness is drawn.
    """

    method: Method
    name: str
    learn: np.ndarray
    labels: np.ndarray
    clusters: np.ndarray
    l2: float
    chance: str


def train(
    features: np.ndarray, trainings: Sequence[Training], deadline: float = math.inf
) -> list[np.ndarray]:
    """Beliefs (A, k) of each trained student about all A items of the task, float32.

    Args:
        features: (A, d), or (A, k, d) where items bring their own choices.
        trainings: what to train; what is trained along does not change the result.
        deadline: time by `time.monotonic` at which training stops, in seconds.

    Raises:
        MethodError: a method broke its contract.
        TimeoutError: the deadline passed.
    """
    designs, numbers = [], {}
    heads: list[Head] = []
    owners = []
    for training in trainings:
        rows = training.learn.tobytes()
        if rows not in numbers:
            numbers[rows] = len(designs)
            designs.append(make_design(features, training.learn, training.labels.shape[1]))
        members = _members(training, features, numbers[rows], len(heads))
        owners.append((numbers[rows], slice(len(heads), len(heads) + len(members))))
        heads += members
    weights = fit_heads(designs, heads, deadline)
    beliefs = []
    for training, (number, own) in zip(trainings, owners, strict=True):
        _check_bounded(training.name, weights[own])
        # One head at a time: the shape of a product, and so its last bit, depends on no other.
        each = [designs[number].beliefs(head[None])[0] for head in weights[own]]
        beliefs.append(np.mean(each, axis=0, dtype=np.float64).astype(np.float32))
    for training, belief in zip(trainings, beliefs, strict=True):
        if not np.isfinite(belief).all():
            raise MethodError(
                f"method {training.name!r} led to beliefs that are not finite numbers"
            )
    return beliefs


def _check_bounded(name: str, weights: np.ndarray) -> None:
    """Targets that add up to less than nothing have no optimum: the search runs off for ever."""
    largest = float(np.abs(weights).max(initial=0.0))
    if not largest < RUNAWAY:
        raise MethodError(
            f"method {name!r} led to weights of {largest:.0e}: its targets have no optimum, or "
            "are not finite; weaken its rule"
        )


def _members(training: Training, features: np.ndarray, design: int, first: int) -> list[Head]:
    method = training.method
    labels, mass = prepared(training, features)
    labels.flags.writeable = False
    heads = []
    for member, drawn in enumerate(member_masses(training, mass)):
        peer = first + 1 - member if method.peers else None
        heads.append(
            Head(
                design,
                labels,
                drawn,
                training.l2,
                method.targets,
                method.static,
                peer,
                training.name,
                method.rounds,
            )
        )
    return heads


def prepared(training: Training, features: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """Labels (n, k) and masses (n,) of the learning items, after the method's preparation.

    Args:
        features: of all items of the task; a method that prepares nothing needs none.

    Raises:
        MethodError: the method broke its contract.
    """
    rng = np.random.default_rng(_entropy(training.chance, "prepare"))
    weak = training.labels.astype(np.float64)
    if training.method.prepare is None:
        return weak, np.ones(len(weak))
    # Clusters are numbered afresh: their number in the task could tell which item this is.
    _, group = np.unique(training.clusters, return_inverse=True)
    group = rng.permutation(group.max() + 1)[group]
    evidence = Evidence(weak.copy(), features[training.learn], group, rng)
    prepare = training.method.prepare
    labels, mass = checked(training.name, weak.shape, lambda: prepare(evidence))
    return on_present_choices(labels, absent_choices(evidence.features)), mass


def member_masses(training: Training, mass: np.ndarray) -> np.ndarray:
    """(members, n) how much each item counts for each member: several have items drawn again."""
    members = training.method.members
    if members == 1:
        return mass[None]
    return np.stack([mass * _resampled(training, member) for member in range(members)])


def _resampled(training: Training, member: int) -> np.ndarray:
    """(n,) how often each item is drawn when as many clusters as there are are drawn again."""
    rng = np.random.default_rng(_entropy(training.chance, f"member {member}"))
    _, group = np.unique(training.clusters, return_inverse=True)
    count = group.max() + 1
    return np.bincount(rng.integers(count, size=count), minlength=count)[group].astype(np.float64)


def _entropy(key: str, use: str) -> int:
    return int.from_bytes(hashlib.sha256(f"{key} {use}".encode()).digest()[:16], "big")
