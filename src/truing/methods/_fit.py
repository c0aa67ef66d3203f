"""Training of heads on fixed features by their methods, many at once."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from truing.errors import MethodError
from truing.methods._method import Evidence, Method
from truing.methods._strengths import Strengths
from truing.seeding import seeded
from truing.students import (
    L2,
    Design,
    Head,
    absent_choices,
    checked,
    fit_heads,
    make_design,
    on_present_choices,
)

DesignMaker = Callable[[np.ndarray, int], Design]
"""(indices (n,) of the learning items, number of classes) -> the design of some features."""

RUNAWAY = 1e8  # weight of a head that shows that the training diverged


@dataclass(frozen=True)
class Training:
    """One training of a student by a method.

    Attributes:
        method: the method.
        name: name of the method, for messages.
        learn: (n,) indices of the learning items.
        labels: (n, k) labels of the learning items.
        clusters: (n,) cluster of each learning item.
        l2: strength of the student's squared-norm penalty, 1 / C; `auto` to choose it by
            cross-validation on `labels`, before the method changes them. So all methods that
            receive the same labels have the same strength, and differ in nothing else.
        chance: text that seeds all randomness of this training.
    """

    method: Method
    name: str
    learn: np.ndarray
    labels: np.ndarray
    clusters: np.ndarray
    l2: L2
    chance: str


@dataclass(frozen=True)
class Trained:
    """A trained student, with the weights with which it can be used on other items.

    The logits of an item are `features @ weight.T + bias`, without standardization or rotation, and
    the beliefs are the mean over the members of their softmax. If items have their own choices, the
    softmax is over the choices.

    Attributes:
        beliefs: (A, k) float32, beliefs about all A items of the task.
        l2: strength of the penalty, as given or chosen.
        weight: (members, classes, d) float64, or (members, 1, d) if each item has its own choices.
        bias: (members, classes) float64, or (members, 1).
    """

    beliefs: np.ndarray
    l2: float
    weight: np.ndarray
    bias: np.ndarray


def train(
    features: np.ndarray,
    trainings: Sequence[Training],
    deadline: float = math.inf,
    design: DesignMaker | None = None,
) -> list[np.ndarray]:
    """Train students; returns the beliefs (A, k), float32, of each about all A items of the task.

    The arguments and errors are those of `train_heads`.

    Examples:
        >>> import numpy as np
        >>> from truing.methods import METHODS, Training, train
        >>> naive = METHODS.build("naive").value
        >>> items, weak = np.arange(10), np.eye(2)[[0, 1] * 5]
        >>> training = Training(naive, "naive", items, weak, clusters=items, l2=1.0, chance="seed")
        >>> (beliefs,) = train(np.array([[-1.0], [1.0]] * 5), [training])
        >>> beliefs.argmax(axis=1).tolist()
        [0, 1, 0, 1, 0, 1, 0, 1, 0, 1]
    """
    return [trained.beliefs for trained in train_heads(features, trainings, deadline, design)]


def train_heads(
    features: np.ndarray,
    trainings: Sequence[Training],
    deadline: float = math.inf,
    design: DesignMaker | None = None,
) -> list[Trained]:
    """Train students, and choose the strength of their penalty where it is `auto`.

    Args:
        features: (A, d), or (A, k, d) if each item has its own choices.
        trainings: trainings to run. The result of a training does not depend on the others.
        deadline: time of `time.monotonic` in seconds at which training stops.
        design: makes or finds the design of the features; by default `make_design`.

    Raises:
        DataError: `l2=auto` with fewer clusters than folds.
        MethodError: a method returned invalid labels, targets or weights, or diverged.
        TimeoutError: the deadline passed.

    Examples:
        >>> import numpy as np
        >>> from truing.methods import METHODS, Training, train_heads
        >>> rng = np.random.default_rng(0)
        >>> features, items = rng.normal(size=(200, 50)), np.arange(200)
        >>> noisy = np.eye(2)[(features[:, 0] + 2 * rng.normal(size=200) > 0).astype(int)]
        >>> naive = METHODS.build("naive").value
        >>> training = Training(naive, "naive", items, noisy, items, l2="auto", chance="seed")
        >>> (head,) = train_heads(features, [training])
        >>> head.l2
        100.0
        >>> from scipy.special import softmax
        >>> beliefs = softmax(features @ head.weight[0].T + head.bias[0], axis=1)
        >>> bool(np.abs(beliefs - head.beliefs).max() < 1e-6)
        True
    """
    return list(_train(features, trainings, deadline, design or partial(make_design, features)))


def _train(
    features: np.ndarray, trainings: Sequence[Training], deadline: float, design: DesignMaker
) -> Iterator[Trained]:
    designs: list[Design] = []
    numbers: dict[bytes, int] = {}  # of the design for each set of learning items
    heads: list[Head] = []
    owners: list[tuple[int, slice]] = []
    strengths = Strengths(deadline)
    for training in trainings:
        rows = training.learn.tobytes()
        if rows not in numbers:
            numbers[rows] = len(designs)
            designs.append(design(training.learn, training.labels.shape[1]))
        l2 = strengths.of(training, designs[numbers[rows]])
        members = _members(training, l2, features, numbers[rows], len(heads))
        owners.append((numbers[rows], slice(len(heads), len(heads) + len(members))))
        heads += members
    with np.errstate(over="ignore", invalid="ignore"):  # a training that diverges is an error
        weights = fit_heads(designs, heads, deadline)
    for training, (number, own) in zip(trainings, owners, strict=True):
        beliefs = _mean_belief(training.name, designs[number], weights[own])
        on_features = designs[number].on_features(np.stack(weights[own]))
        yield Trained(beliefs, heads[own.start].l2, *on_features)


def _mean_belief(name: str, design: Design, members: Sequence[np.ndarray]) -> np.ndarray:
    """(A, k) mean belief of the members of an ensemble, float32.

    Raises:
        MethodError: the training diverged, or a belief is not finite.
    """
    largest = float(np.abs(members).max(initial=0.0))
    if not largest < RUNAWAY:  # targets with a negative sum have no optimum
        raise MethodError(
            f"method {name!r} led to weights of {largest:.0e}: its targets have no optimum, or "
            "are not finite; keep its targets closer to the beliefs"
        )
    # One head at a time: the shape of a matrix product changes the last bit of its result.
    each = np.stack([design.beliefs(head[None])[0] for head in members])
    belief = each.mean(axis=0, dtype=np.float64).astype(np.float32)
    if not np.isfinite(belief).all():
        raise MethodError(f"method {name!r} led to beliefs that are not finite; check its targets")
    return belief


def _members(
    training: Training, l2: float, features: np.ndarray, design: int, first: int
) -> list[Head]:
    method = training.method
    labels, mass = prepared(training, features)
    labels.flags.writeable = False
    rule = method.rule(labels)
    return [
        Head(
            design,
            labels,
            drawn,
            l2,
            rule,
            static=method.static,
            peer=first + 1 - member if method.peers else None,
            name=training.name,
            rounds=method.rounds,
        )
        for member, drawn in enumerate(member_masses(training, mass))
    ]


def prepared(training: Training, features: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """Labels (n, k) and weights (n,) of the learning items, after the method's preparation.

    Args:
        features: features of all items of the task; None if the method prepares nothing.

    Raises:
        MethodError: the method's preparation returned invalid labels or weights.
    """
    weak = training.labels.astype(np.float64)
    prepare = training.method.prepare
    if prepare is None:
        return weak, np.ones(len(weak))
    assert features is not None, "a method with a preparation receives features"
    rng = seeded(f"{training.chance} prepare")
    # Clusters get random numbers: their numbers in the task could identify the items.
    _, group = np.unique(training.clusters, return_inverse=True)
    group = rng.permutation(group.max() + 1)[group]
    evidence = Evidence(weak.copy(), features[training.learn], group, rng)
    labels, mass = checked(training.name, weak.shape, prepare, evidence)
    return on_present_choices(labels, absent_choices(evidence.features)), mass


def member_masses(training: Training, mass: np.ndarray) -> np.ndarray:
    """(members, n) weight of each item for each member; several members have resampled items."""
    members = training.method.members
    if members == 1:
        return mass[None]
    return np.stack([mass * _resampled(training, member) for member in range(members)])


def _resampled(training: Training, member: int) -> np.ndarray:
    """(n,) number of times that each item is drawn when all clusters are resampled."""
    rng = seeded(f"{training.chance} member {member}")
    _, group = np.unique(training.clusters, return_inverse=True)
    count = group.max() + 1
    return np.bincount(rng.integers(count, size=count), minlength=count)[group].astype(np.float64)
