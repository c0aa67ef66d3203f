"""Heads: linear students on fixed features, many of them trained together.

A method makes a head's targets from weak labels and from the head's current beliefs. Training is a
fixed-point iteration: in each round every method receives its head's beliefs and returns targets,
and all heads are solved for these targets, each from its previous weights. If the targets do not
depend on the beliefs, a single round is enough and exact. A stationary point of the rounds is a
stationary point of gradient training with the same targets, since in both cases the gradient with
respect to the logits is weight * (belief - target).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from truing.errors import MethodError, UserError
from truing.failure import failure_line
from truing.students._design import Design
from truing.students._solver import Problems, minimize
from truing.students._weighted_rows import SUM

ROUNDS = 16  # default number of rounds of a method that uses beliefs
RELAXATION = 0.5  # share of a round's new targets; damps rules that drop and restore items
LARGEST = 1e6  # largest target or weight; single precision would fail beyond it
ROOM = 1 << 24  # maximum number of target entries in memory

Targets = Callable[[Any, Any, float], tuple[Any, Any]]
"""(weak (n, k), belief (n, k), progress 0..1) -> (targets (n, k), weights (n,))."""


@dataclass(frozen=True)
class Head:
    """A head to train.

    Attributes:
        design: index into the list of designs.
        weak: (n, k) labels of the learning items: probabilities.
        mass: (n,) factor of each item's weight, multiplied with the weight from the method.
        l2: 1 / C; the objective is sum of losses + l2 / 2 * |W|^2, divided by n.
        targets: the method's rule.
        static: the rule uses neither beliefs nor progress.
        peer: position of the head whose beliefs the rule receives, directly before or after this
            head; None for this head's own beliefs.
        name: name of the method, for messages.
        rounds: number of rounds; None for the default. A static rule takes a single round.
    """

    design: int
    weak: np.ndarray
    mass: np.ndarray
    l2: float
    targets: Targets
    static: bool = False
    peer: int | None = None
    name: str = "method"
    rounds: int | None = None


def fit_heads(
    designs: Sequence[Design], heads: Sequence[Head], deadline: float = math.inf
) -> list[np.ndarray]:
    """Train heads together.

    Args:
        designs: one design per set of learning items.
        heads: the heads to train; a head and its peer have the same design.
        deadline: time by `time.monotonic` at which training stops, in seconds.

    Returns:
        Weights (rows, columns) of each head. They do not depend on the other heads.

    Raises:
        MethodError: a rule returned a wrong shape, or values that are not finite.
        TimeoutError: the deadline passed.

    Examples:
        >>> import numpy as np
        >>> from truing.students import Head, fit_heads, make_design
        >>> features, labels = np.array([[-1.0], [1.0]] * 5), np.eye(2)[[0, 1] * 5]
        >>> design = make_design(features, learn=np.arange(10), classes=2)
        >>> naive = lambda weak, belief, progress: (weak, np.ones(len(weak)))
        >>> head = Head(0, labels, np.ones(10), l2=1.0, targets=naive, static=True)
        >>> (weights,) = fit_heads([design], [head])
        >>> design.beliefs(weights[None])[0, :2].argmax(axis=1).tolist()
        [0, 1]
    """
    weights: list[np.ndarray] = [np.empty(0)] * len(heads)
    for group in _groups(designs, heads):
        for rounds, part in _by_rounds(heads, group):
            size = 2 * max(1, ROOM // (2 * heads[group[0]].weak.size))  # even: peers stay together
            for start in range(0, len(part), size):
                _fit_group(designs, heads, part[start : start + size], rounds, weights, deadline)
    return weights


def _groups(designs: Sequence[Design], heads: Sequence[Head]) -> list[list[int]]:
    """Positions of heads, grouped by the shape of their problem and ordered by design."""
    groups: dict[tuple, list[int]] = {}
    for i in sorted(range(len(heads)), key=lambda i: (heads[i].design, i)):
        groups.setdefault(designs[heads[i].design].matrix.shape, []).append(i)
    return list(groups.values())


def _by_rounds(heads: Sequence[Head], group: Sequence[int]) -> Iterator[tuple[int, list[int]]]:
    """Numbers of rounds, each with the heads that take it; heads with peers are separate."""
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
    ridge = np.array([head.l2 / items for head in chosen])
    point = np.zeros((len(part), first.weight_rows, first.columns), np.float32)
    targets = np.zeros((len(part), classes, items), np.float32)
    mass = np.zeros((len(part), items), np.float32)
    for number in range(rounds):
        progress = number / (rounds - 1) if rounds > 1 else 1.0
        beliefs = None if rounds == 1 else _learned(designs, which, point)
        for at, head in enumerate(chosen):
            belief = head.weak if beliefs is None else beliefs[peers[at]]
            rule = (head.targets, head.weak, belief, progress)
            made, given = checked(head.name, head.weak.shape, *rule)
            made = on_present_choices(made, designs[head.design].absent_learned)
            step = 1.0 if number == 0 else RELAXATION
            targets[at] += step * (made.T - targets[at])
            mass[at] += step * (given * head.mass - mass[at])
        problems = Problems(which, targets, mass, ridge, point)
        point, _ = minimize(designs, problems, deadline)
    for at, i in enumerate(part):
        check_some_weight(heads[i].name, mass[at])
        weights[i] = point[at]


def _learned(designs: Sequence[Design], which: np.ndarray, point: np.ndarray) -> list[np.ndarray]:
    """Beliefs (n, k) of every head about its learning items, read-only."""
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


def on_present_choices(targets: np.ndarray, absent: np.ndarray | None) -> np.ndarray:
    """Move the targets (n, k) of absent choices evenly to the choices that the item has.

    A rule that smooths labels or mixes in a channel knows k, but not which items have fewer
    choices. The sum of each row stays the same.

    Args:
        absent: (n, k) True where an item lacks a choice; None if every item has all k choices.

    Examples:
        >>> import numpy as np
        >>> from truing.students import on_present_choices
        >>> absent = np.array([[False, False, True]])
        >>> on_present_choices(np.array([[0.5, 0.25, 0.25]]), absent).tolist()
        [[0.625, 0.375, 0.0]]
    """
    if absent is None:
        return targets
    lost = np.where(absent, targets, 0).sum(axis=1, keepdims=True)
    share = lost / (~absent).sum(axis=1, keepdims=True)
    return np.where(absent, 0, targets + share)


def checked(
    name: str, shape: tuple[int, int], call: Callable[..., tuple[Any, Any]], *arguments: Any
) -> tuple[np.ndarray, np.ndarray]:
    """Call a method's code and check its targets (n, k) and weights (n,); float64.

    Args:
        name: name of the method, for messages.
        shape: (n, k).
        call: the code: a rule, or a preparation.
        arguments: its arguments.

    Raises:
        MethodError: the code failed, or returned a wrong shape, values that are not finite or too
            large, weights below 0, or targets that do not sum to 1.
    """
    try:
        returned = call(*arguments)
        pair = isinstance(returned, tuple | list) and len(returned) == 2
        made, given = (np.array(one, np.float64) for one in (returned if pair else (0.0, 0.0)))
    except UserError as error:  # its message already says what to do
        raise MethodError(f"method {name!r}: {error}") from error
    except Exception as error:  # a plugin may raise anything; the message names the plugin
        raise MethodError(f"method {name!r} failed: {failure_line(error)}") from error
    if not pair:
        raise MethodError(
            f"method {name!r} must return (targets, weights), but returned a value of type "
            f"{type(returned).__name__}"
        )
    if made.shape != shape or given.shape != shape[:1]:
        raise MethodError(
            f"method {name!r} returned targets of shape {made.shape} and weights of shape "
            f"{given.shape}; the shapes must be {shape} and {shape[:1]}"
        )
    if not (
        (np.abs(made) < LARGEST).all() and (np.abs(given) < LARGEST).all() and (given >= 0).all()
    ):
        raise MethodError(
            f"method {name!r} returned values that are not finite (or not below {LARGEST:g}), or "
            "weights below 0"
        )
    check_sums(name, made[given > 0])
    return made, given


def check_some_weight(name: str, weights: np.ndarray) -> None:
    """Raise MethodError if all weights (n,) are 0, so that the student learns nothing."""
    if not weights.any():
        raise MethodError(
            f"method {name!r} gives weight 0 to all items, so that the student learns nothing; "
            "give some items a weight above 0"
        )


def check_sums(name: str, targets: np.ndarray) -> None:
    """Raise MethodError if targets (n, k) do not sum to 1; then no student is optimal for them."""
    sums = targets.sum(axis=1)
    off = np.abs(sums - 1) > SUM * np.maximum(1, np.abs(targets).max(axis=1, initial=0))
    if off.any():
        raise MethodError(
            f"method {name!r} returned targets that sum to {sums[off][0]:.3g} for "
            f"{int(off.sum())} of {len(sums)} items; the targets of an item must sum to 1: divide "
            "them by their sum, and express the importance of an item by its weight"
        )
