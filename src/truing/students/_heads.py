"""Heads: students on fixed features, all of them trained together.

A head learns from targets that its method makes from weak labels and from what the head itself
believes so far. Training is a fixed-point iteration: in each round every method sees its head's
beliefs and returns targets, and all heads are solved for them, each from where it stood. Where the
targets do not depend on the belief, one round is enough and exact. A stationary point of the rounds
is a stationary point of gradient training with the same targets, since in both the gradient by the
logits is weight * (belief - target).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from truing.errors import MethodError, UserError
from truing.students._design import Design
from truing.students._solver import Problems, minimise

ROUNDS = 16  # in which a method that looks at beliefs sees them
RELAXATION = 0.5  # share of a round's new targets; rules that switch items off and on then settle
TOLERANCE = 1e-5  # of the loss, which a further step may promise where the search ends
LARGEST = 1e6  # of a target or weight: beyond it, single precision would fail
ROOM = 1 << 24  # entries of targets that are held in memory at a time

Targets = Callable[[Any, Any, float], tuple[Any, Any]]
"""(weak (n, k), belief (n, k), progress 0..1) -> (targets (n, k), weights (n,))."""


@dataclass(frozen=True)
class Head:
    """One head to train.

    Attributes:
        design: index into the list of designs.
        weak: (n, k) labels of the learning items: probabilities.
        mass: (n,) weight of each item, on top of what the method gives.
        penalty: 1 / C; the objective is sum of losses + penalty / 2 * |W|^2, divided by n.
        targets: the method's rule.
        static: the rule looks neither at beliefs nor at progress.
        peer: position of the head whose beliefs the rule is shown, the one just before or after;
            its own where None.
        name: of the method, for messages.
        rounds: in which the rule sees beliefs; None for the default. A static rule needs one.
    """

    design: int
    weak: np.ndarray
    mass: np.ndarray
    penalty: float
    targets: Targets
    static: bool = False
    peer: int | None = None
    name: str = field(default="method")
    rounds: int | None = None


def fit_heads(
    designs: Sequence[Design], heads: Sequence[Head], deadline: float = math.inf
) -> list[np.ndarray]:
    """Train heads together.

    Args:
        designs: features as seen from each set of learning items.
        heads: a head and its peer have the same design.
        deadline: time by `time.monotonic` at which training stops, in seconds.

    Returns:
        Weights (rows, columns) of each head. They do not depend on which heads were trained along.

    Raises:
        MethodError: a rule returned another shape, or values that are not finite.
        TimeoutError: the deadline passed.
    """
    weights: list[np.ndarray] = [np.empty(0)] * len(heads)
    for group in _groups(designs, heads):
        for rounds, part in _by_rounds(heads, group):
            size = 2 * max(1, ROOM // (2 * heads[group[0]].weak.size))  # even: no pair is parted
            for start in range(0, len(part), size):
                _fit_group(designs, heads, part[start : start + size], rounds, weights, deadline)
    return weights


def _groups(designs: Sequence[Design], heads: Sequence[Head]) -> list[list[int]]:
    """Positions of heads whose problems have one shape, each group ordered by design."""
    groups: dict[tuple, list[int]] = {}
    for i in sorted(range(len(heads)), key=lambda i: (heads[i].design, i)):
        groups.setdefault(designs[heads[i].design].matrix.shape, []).append(i)
    return list(groups.values())


def _by_rounds(heads: Sequence[Head], group: Sequence[int]) -> Iterator[tuple[int, list[int]]]:
    """Numbers of rounds with the heads that take as many, peers apart from the others."""
    parts: dict[tuple[int, bool], list[int]] = {}
    for i in group:
        head = heads[i]
        rounds = 1 if head.static else head.rounds or ROUNDS
        parts.setdefault((rounds, not head.static and head.peer is not None), []).append(i)
    for (rounds, _), part in sorted(parts.items()):
        yield rounds, part


def _fit_group(
    designs: Sequence[Design],
    heads: Sequence[Head],
    part: list[int],
    rounds: int,
    weights: list[np.ndarray],
    deadline: float,
) -> None:
    chosen = [heads[i] for i in part]
    which = np.array([head.design for head in chosen])
    first = designs[which[0]]
    items, classes = chosen[0].weak.shape
    place = {i: at for at, i in enumerate(part)}
    peers = [at if head.peer is None else place[head.peer] for at, head in enumerate(chosen)]
    ridge = np.array([head.penalty / items for head in chosen])
    point = np.zeros((len(part), first.weight_rows, first.columns), np.float32)
    targets = np.zeros((len(part), classes, items), np.float32)
    mass = np.zeros((len(part), items), np.float32)
    for number in range(rounds):
        progress = number / (rounds - 1) if rounds > 1 else 1.0
        beliefs = None if rounds == 1 else _learned(designs, which, point)
        for at, head in enumerate(chosen):
            belief = head.weak if beliefs is None else beliefs[peers[at]]
            made, given = _targets(head, belief, progress)
            made = on_present_choices(made, designs[head.design].absent_learned)
            step = 1.0 if number == 0 else RELAXATION
            targets[at] += step * (made.T - targets[at])
            mass[at] += step * (given * head.mass - mass[at])
        problems = Problems(which, targets, mass, ridge, point)
        point, _ = minimise(designs, problems, tolerance=TOLERANCE, deadline=deadline)
    for at, i in enumerate(part):
        weights[i] = point[at]


def _learned(designs: Sequence[Design], which: np.ndarray, point: np.ndarray) -> list[np.ndarray]:
    """Beliefs (n, k) of every head on the items that it learns from, read-only."""
    beliefs = []
    for one, weights in zip(which, point, strict=True):
        logits = np.matmul(weights, designs[one].transposed).reshape(designs[one].classes, -1)
        if designs[one].absent_learned is not None:
            logits[designs[one].absent_learned.T] = -np.inf
        logits = logits.T
        exponents = np.exp(logits - logits.max(axis=1, keepdims=True))
        belief = exponents / exponents.sum(axis=1, keepdims=True)
        belief.flags.writeable = False
        beliefs.append(belief)
    return beliefs


def _targets(head: Head, belief: np.ndarray, progress: float) -> tuple[np.ndarray, np.ndarray]:
    """What the method's rule returns, checked against its contract."""
    return checked(head.name, head.weak.shape, lambda: head.targets(head.weak, belief, progress))


def on_present_choices(targets: np.ndarray, absent: np.ndarray | None) -> np.ndarray:
    """Targets (n, k) whose share on absent choices is spread evenly over the item's own choices.

    A rule that smooths labels or mixes in a channel knows k alone, not which items have fewer
    choices. Each row keeps its sum.

    Args:
        absent: (n, k) whether an item lacks a choice; None where every item has all k.
    """
    if absent is None:
        return targets
    lost = np.where(absent, targets, 0).sum(axis=1, keepdims=True)
    share = lost / (~absent).sum(axis=1, keepdims=True)
    return np.where(absent, 0, targets + share)


def checked(
    name: str, shape: tuple[int, int], call: Callable[[], tuple[Any, Any]]
) -> tuple[np.ndarray, np.ndarray]:
    """Targets (n, k) and weights (n,) from a method's code, as float64.

    Raises:
        MethodError: the code failed, or returned another shape, values that are not finite or far
            too large, or weights below 0.
    """
    try:
        made, given = (np.array(one, np.float64) for one in call())
    except UserError as error:  # a refusal that says what to do
        raise MethodError(f"method {name!r}: {error}") from error
    except Exception as error:  # a plugin may fail in any way; the user must learn which one did
        told = " ".join(str(error).split())
        raise MethodError(f"method {name!r} failed: {type(error).__name__}: {told}") from error
    if made.shape != shape or given.shape != shape[:1]:
        raise MethodError(
            f"method {name!r} returned targets {made.shape} and weights {given.shape}; "
            f"needed are {shape} and {shape[:1]}"
        )
    if not (
        (np.abs(made) < LARGEST).all() and (np.abs(given) < LARGEST).all() and (given >= 0).all()
    ):
        raise MethodError(
            f"method {name!r} returned values that are not finite (or beyond {LARGEST:g}), "
            "or weights below 0"
        )
    return made, given
