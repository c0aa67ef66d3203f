"""Batched L-BFGS for many L2-regularized multinomial problems, by matrix products.

Every head is a separate problem and is solved exactly as if it were alone: matrix products do not
depend on the other heads (see `_products`), each reduction stays inside one head, and heads join
the batch only when the ring buffer of L-BFGS starts over. A head's solution is therefore
bit-identical for any set of other heads. So a study can be killed, split over processes or
extended, and still reproduces its results. Heads that are always solved together, such as the folds
of a cross-validation, need no such products (`Problems.together`).

The search direction is that of L-BFGS (see `_lbfgs`), in coordinates scaled by Böhning's bound on
the multinomial Hessian (Böhning 1992). The bound is diagonal because designs are rotated to their
principal axes.

Letters in shapes: H heads, R rows of weights (classes, or 1 if choices share their weights),
D columns, K classes, N items, M memory, P = R * D parameters.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from itertools import pairwise

import numpy as np

from truing.students._design import Design
from truing.students._lbfgs import MEMORY, dot, find_direction, store_pair
from truing.students._products import Lanes, lanes_for

# Share of the loss. A head is solved when the quadratic model predicts a smaller decrease. In
# single precision and with `l2` far below 1, the remaining decrease may be larger.
TOLERANCE = 1e-5
EVALUATIONS = 1000  # maximum number per head
SUFFICIENT = np.float32(1e-4)  # Armijo's constant
SHRINK = np.float32(0.4)  # factor of a step that did not decrease the loss enough
ROUNDING = np.float32(3e-7)  # relative loss difference that counts as float32 rounding
CACHE = 1 << 16  # float32 logits per block of heads, to fit the processor's cache
LEAVING = 0.25  # share of finished heads at which they leave the batch within a cycle
BATCH = 96  # heads in the batch: enough to hide Python's overhead, few enough for the cache


@dataclass
class Problems:
    """Heads to solve, in the order of their designs; all designs have the same shape.

    Attributes:
        design: (H,) index into the list of designs, ascending.
        targets: (H, K, N) targets of each head, class-major.
        weights: (H, N) weight of each item; the loss is the weighted sum over N divided by N.
        ridge: (H,) lambda of the penalty lambda / 2 * |W|^2; intercepts are not penalized.
        start: (H, R, D) initial weights.
        curvature: (H,) mean of p (1 - p) over beliefs p near the solution, which scales the search;
            by default its bound for any beliefs.
        tolerance: share of the loss; a head is solved when the quadratic model predicts a smaller
            decrease.
        together: these heads are never solved in other company, so that their matrix products may
            depend on each other; faster with few rows per head.
    """

    design: np.ndarray
    targets: np.ndarray
    weights: np.ndarray
    ridge: np.ndarray
    start: np.ndarray
    curvature: np.ndarray | None = None
    tolerance: float = TOLERANCE
    together: bool = False


@dataclass
class _State:
    """State of the heads in the batch; the first axis of every field is the head."""

    head: np.ndarray  # index of the problem
    design: np.ndarray
    weights: np.ndarray  # (H, N), already divided by N
    linear: np.ndarray  # (H, R, D): the constant part of the gradient, from the targets
    ridge: np.ndarray  # (H, 1, D), zero at the intercept
    scale: np.ndarray  # (H, 1, D): 1 / sqrt of the bound on the Hessian
    point: np.ndarray  # (H, P) in scaled coordinates, like all fields below
    loss: np.ndarray
    gradient: np.ndarray
    direction: np.ndarray
    slope: np.ndarray
    step: np.ndarray
    pairs: np.ndarray  # (H, 2M, P): steps, then gradient changes
    gram: np.ndarray  # (H, 2M, 2M) inner products of `pairs`
    age: np.ndarray  # number of evaluations so far

    def take(self, keep: np.ndarray) -> _State:
        return _State(*(getattr(self, f.name)[keep] for f in fields(self)))

    def join(self, other: _State) -> _State:
        pairs = ((getattr(self, f.name), getattr(other, f.name)) for f in fields(self))
        return _State(*(np.concatenate(pair) for pair in pairs))


def minimize(
    designs: Sequence[Design], problems: Problems, deadline: float = math.inf
) -> tuple[np.ndarray, np.ndarray]:
    """Solve every problem.

    Args:
        designs: design matrices of the heads.
        problems: the heads.
        deadline: time by `time.monotonic`, in seconds, that is checked before each evaluation. It
            never changes a result.

    Returns:
        Weights (H, R, D) float32 and the number of evaluations of each head (H,).

    Raises:
        TimeoutError: the deadline passed.
    """
    count, rows, columns = problems.start.shape
    solution = np.empty((count, rows, columns), np.float32)
    evaluations = np.zeros(count, int)
    items = designs[problems.design[0]].items  # all designs have as many
    lanes = Lanes(rows, wide=True) if problems.together else lanes_for(rows, columns, items)
    waiting = 0
    state: _State | None = None
    while True:
        room = BATCH - (len(state.head) if state else 0)
        if waiting < count and room > 0:
            fresh = _enter(designs, problems, slice(waiting, min(waiting + room, count)))
            waiting += len(fresh.head)
            state = state.join(fresh) if state else fresh
        if state is None:
            return solution, evaluations
        for finished, staying in _cycle(designs, state, lanes, problems.tolerance, deadline):
            solution[finished.head] = finished.point.reshape(-1, rows, columns) * finished.scale
            evaluations[finished.head] = finished.age
            state = staying


def _enter(designs: Sequence[Design], problems: Problems, part: slice) -> _State:
    """State of heads before their first evaluation; the infinite loss accepts any first point."""
    which, start = problems.design[part], problems.start[part]
    heads, rows, columns = start.shape
    items = problems.weights.shape[1]
    weights = (problems.weights[part] / np.float32(items)).astype(np.float32)
    weighted = problems.targets[part] * weights[:, None]
    linear = np.empty((heads, rows, columns), np.float32)
    energy = np.empty((heads, columns), np.float32)
    for number, span in _blocks(which, heads):
        design = designs[number]
        np.matmul(weighted[span].reshape(-1, rows, design.items), design.matrix, out=linear[span])
        energy[span] = design.energy
    penalized = np.ones(columns, np.float32)
    if designs[0].intercept:
        penalized[-1] = 0
    ridge = problems.ridge[part].astype(np.float32)[:, None] * penalized
    mass = np.maximum(weights.sum(axis=1), np.float32(1e-6))
    curvature = np.full((heads, 1), 0.5, np.float32)
    if problems.curvature is not None:
        curvature[:, 0] = problems.curvature[part]
    bound = curvature * energy * mass[:, None] + ridge
    scale = (1 / np.sqrt(np.maximum(bound, np.float32(1e-12))))[:, None, :]
    size = rows * columns

    def blank(*shape: int) -> np.ndarray:
        return np.zeros((heads, *shape), np.float32)

    return _State(
        head=np.arange(part.start, part.stop),
        design=which,
        weights=weights,
        linear=linear,
        ridge=ridge[:, None, :],
        scale=scale,
        point=(start / scale).reshape(heads, size),
        loss=np.full(heads, np.inf, np.float32),
        gradient=blank(size),
        direction=blank(size),
        slope=blank(),
        step=np.ones(heads, np.float32),
        pairs=blank(2 * MEMORY, size),
        gram=blank(2 * MEMORY, 2 * MEMORY),
        age=np.zeros(heads, int),
    )


def _cycle(
    designs: Sequence[Design], state: _State, lanes: Lanes, tolerance: float, deadline: float
) -> Iterator[tuple[_State, _State | None]]:
    """Run one cycle of the ring buffer; yields the finished heads, and the heads that stay."""
    finished = np.zeros(len(state.head), bool)
    for slot in range(MEMORY):
        if time.monotonic() > deadline:
            raise TimeoutError("the deadline of the solver passed")
        trial = state.point + state.step[:, None] * state.direction
        loss, gradient = _evaluate(designs, state, trial, lanes)
        slack = ROUNDING * np.abs(state.loss)
        slack[~np.isfinite(slack)] = 0
        enough = loss <= state.loss + SUFFICIENT * state.step * state.slope + slack
        better = enough & ~finished
        _remember(state, slot, trial, gradient, better)
        state.step *= SHRINK
        if better.any():
            _advance(state, slot, trial, loss, gradient, better)
        state.age += ~finished
        promised = np.float32(0.5) * state.step * np.abs(state.slope)
        finished |= (promised <= tolerance * np.abs(state.loss)) | (state.age >= EVALUATIONS)
        if finished.mean() >= LEAVING or (slot == MEMORY - 1 and finished.any()):
            staying = None if finished.all() else state.take(~finished)
            yield state.take(finished), staying
            if staying is None:
                return
            state, finished = staying, np.zeros(len(staying.head), bool)


def _advance(
    state: _State,
    slot: int,
    trial: np.ndarray,
    loss: np.ndarray,
    gradient: np.ndarray,
    better: np.ndarray,
) -> None:
    """Move heads with a better trial point to this point, and compute their next direction."""
    stay = ~better
    for name, new in (("point", trial), ("gradient", gradient), ("loss", loss)):
        new[stay] = getattr(state, name)[stay]
        setattr(state, name, new)
    direction, slope = find_direction(state.pairs, state.gram, state.gradient, slot)
    direction[stay], slope[stay] = state.direction[stay], state.slope[stay]
    state.direction, state.slope = direction, slope
    state.step[better] = 1


def _evaluate(
    designs: Sequence[Design], state: _State, point: np.ndarray, lanes: Lanes
) -> tuple[np.ndarray, np.ndarray]:
    """Loss (H,) in nats and gradient (H, P) at scaled points (H, P).

    Targets enter only through the constant linear term: the loss is linear in them, so the
    (H, K, N) array is read once, before the search.
    """
    heads, rows, columns = state.linear.shape
    items = designs[state.design[0]].items
    padded = np.zeros((heads, lanes.rows, columns), np.float32)
    weights = np.multiply(point.reshape(state.linear.shape), state.scale, out=padded[:, :rows])
    loss = np.empty(heads, np.float32)
    summed = np.empty_like(padded)
    block = min(heads, max(1, CACHE // (lanes.rows * items)))
    room = np.empty((block, lanes.rows, items), np.float32)
    for number, span in _blocks(state.design, block):
        design, products = designs[number], room[: span.stop - span.start]
        lanes.multiply(padded[span], design.transposed, out=products)
        # A view by class; the rows of padding are zeros and stay zeros.
        logits = products[:, :rows].reshape(len(products), design.classes, -1)
        if design.absent_learned is not None:
            logits[:, design.absent_learned.T] = -np.inf
        loss[span] = _partition(logits, state.weights[span])
        lanes.multiply(products, design.matrix, out=summed[span])
    gradient = summed[:, :rows] - state.linear
    shrinkage = state.ridge * weights
    flat = weights.reshape(heads, -1)
    loss += dot(flat, (np.float32(0.5) * shrinkage - state.linear).reshape(heads, -1))
    gradient += shrinkage
    return loss, (gradient * state.scale).reshape(heads, -1)


def _partition(logits: np.ndarray, mass: np.ndarray) -> np.ndarray:
    """Weighted sum of log partition functions (H,); overwrites logits (H, K, N) by its gradient.

    A single class (K = 1) has a logit relative to a second class, whose logit is 0.
    """
    if logits.shape[1] == 1:
        single = logits[:, 0]
        softplus = np.logaddexp(single, np.float32(0))
        np.exp(single - softplus, out=single)
        single *= mass
        return dot(mass, softplus)
    top = logits.max(axis=1)
    logits -= top[:, None]
    np.exp(logits, out=logits)
    total = logits.sum(axis=1)
    logits *= (mass / total)[:, None]
    return dot(mass, top + np.log(total))


def _remember(
    state: _State, slot: int, trial: np.ndarray, gradient: np.ndarray, better: np.ndarray
) -> None:
    """Store the step and gradient change of heads that moved, and their inner products."""
    moved = trial - state.point
    change = gradient - state.gradient
    curved = dot(moved, change) > np.float32(1e-6) * dot(change, change)
    useless = ~(better & curved & (state.age > 0))
    moved[useless] = change[useless] = 0  # without positive curvature
    store_pair(state.pairs, state.gram, slot, moved, change)


def _blocks(which: np.ndarray, size: int) -> Iterator[tuple[int, slice]]:
    """Consecutive heads with the same design, in blocks of at most `size` heads."""
    edges = [0, *(np.flatnonzero(np.diff(which)) + 1).tolist(), len(which)]
    for begin, end in pairwise(edges):
        for first in range(begin, end, size):
            yield int(which[first]), slice(first, min(first + size, end))
