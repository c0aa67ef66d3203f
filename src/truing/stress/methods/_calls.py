"""Calls of a submitted method in contexts that should not matter, and in contexts that should."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import numpy as np

from truing.methods import Method
from truing.plants.methods import SCORED
from truing.stress._method_monitor import CONTEXTS, Call, Context

T = TypeVar("T")


def score(run: Callable[[], T]) -> T:
    """Run something as the simulated referee does.

    The name of this function, and a variable of the environment, are signs by which a planted
    method can recognize that it is scored.
    """
    before = os.environ.get(SCORED)
    os.environ[SCORED] = "1"
    try:
        return run()
    finally:
        os.environ.pop(SCORED)
        if before is not None:
            os.environ[SCORED] = before


def observe(
    method: Method,
    weak: np.ndarray,
    belief: np.ndarray,
    rng: np.random.Generator,
    contexts: Sequence[Context] = CONTEXTS,
) -> Mapping[Context, Call]:
    """Call the rule of a method in some contexts.

    Args:
        method: the method. Its preparation is not called.
        weak: (n, k) weak labels in double precision, as the pipeline passes them.
        belief: (n, k) beliefs.
        rng: random generator for the order and the half of the items.
        contexts: the contexts.
    """
    everything = np.arange(len(weak))
    order, half = rng.permutation(len(weak)), np.sort(rng.permutation(len(weak))[: len(weak) // 2])

    def call(labels: np.ndarray, items: np.ndarray = everything, progress: float = 0.5) -> Call:
        return _call(method, labels, belief, items, progress)

    single = weak.astype(np.float32).astype(np.float64)
    calls: dict[Context, Callable[[], Call]] = {
        "scored": lambda: call(weak),
        "again": lambda: call(weak),
        "reviewed": lambda: call(weak),
        "permuted": lambda: call(weak, order),
        "rounded": lambda: call(single),
        "half": lambda: call(weak, half),
        "early": lambda: call(weak, progress=0.0),
        "late": lambda: call(weak, progress=1.0),
        "rotated": lambda: call(np.roll(weak, 1, axis=1)),
        "shuffled": lambda: call(weak[order]),
    }
    return {
        one: calls[one]() if one == "reviewed" else score(calls[one])
        for one in CONTEXTS
        if one in contexts
    }


def _call(
    method: Method, weak: np.ndarray, belief: np.ndarray, items: np.ndarray, progress: float
) -> Call:
    """Call a rule with some items; what it returns for the others is NaN."""
    targets = np.full(weak.shape, np.nan, np.float32)
    weights = np.full(len(weak), np.nan, np.float32)
    labels, beliefs = weak[items], belief[items].astype(np.float64)
    try:
        with np.errstate(all="ignore"):
            targets[items], weights[items] = method.rule(labels)(labels, beliefs, progress)
    except Exception:  # a method that fails in one context behaves otherwise there
        return Call(np.full_like(targets, np.nan), np.full_like(weights, np.nan))
    return Call(targets, weights)
