"""Calls of a submitted method in contexts that should not matter, and in contexts that should."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import numpy as np

from truing.methods import Method
from truing.plants import SCORED
from truing.stress._method_monitor import Call, Context

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
    method: Method, weak: np.ndarray, belief: np.ndarray, rng: np.random.Generator
) -> Mapping[Context, Call]:
    """Call the rule of a method in each context.

    Args:
        method: the method. Its preparation is not called.
        weak: (n, k) weak labels in double precision, as the pipeline passes them.
        belief: (n, k) beliefs.
        rng: random generator for the order and the half of the items.
    """
    everything = np.arange(len(weak))
    order, half = rng.permutation(len(weak)), np.sort(rng.permutation(len(weak))[: len(weak) // 2])

    def call(labels: np.ndarray, items: np.ndarray = everything, progress: float = 0.5) -> Call:
        return _call(method, labels, belief, items, progress)

    single = weak.astype(np.float32).astype(np.float64)
    return {
        "scored": score(lambda: call(weak)),
        "again": score(lambda: call(weak)),
        "reviewed": call(weak),
        "permuted": score(lambda: call(weak, order)),
        "rounded": score(lambda: call(single)),
        "half": score(lambda: call(weak, half)),
        "early": score(lambda: call(weak, progress=0.0)),
        "late": score(lambda: call(weak, progress=1.0)),
        "rotated": score(lambda: call(np.roll(weak, 1, axis=1))),
        "shuffled": score(lambda: call(weak[order])),
    }


def _call(
    method: Method, weak: np.ndarray, belief: np.ndarray, items: np.ndarray, progress: float
) -> Call:
    """Call a rule with some items; what it returns for the others is NaN."""
    targets = np.full(weak.shape, np.nan, np.float32)
    weights = np.full(len(weak), np.nan, np.float32)
    given: Any = weak[items], belief[items].astype(np.float64)
    try:
        with np.errstate(all="ignore"):
            targets[items], weights[items] = method.rule(given[0])(*given, progress)
    except Exception:  # a method that fails in one context behaves otherwise there
        return Call(np.full_like(targets, np.nan), np.full_like(weights, np.nan))
    return Call(targets, weights)
