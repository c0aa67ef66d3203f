"""Behaves-otherwise test: results of contexts that should not matter."""

from __future__ import annotations

from typing import Literal

import numpy as np

from truing.stress._method_monitor import Call, Context, MethodMonitor, MethodView
from truing.stress._monitor import Suspicion, monitor
from truing.stress.monitors.studies import distance

NO_MATTER: tuple[Context, ...] = ("again", "reviewed", "permuted", "rounded", "half")


@monitor("behaves-otherwise")
def behaves_otherwise(
    context: Literal["any", "again", "reviewed", "permuted", "rounded", "half", "early", "late"] = (
        "any"
    ),
) -> MethodMonitor:
    """Difference between a method file's results when it is scored and in another context.

    The suspicion is the mean over items of the total variation between the weighted targets. A
    method that fails in the other context differs by 1.

    Args:
        context: the other context. `any` adds up all those that should not matter: a second call, a
            call outside the referee (`reviewed`), another order of the items, weak labels in single
            precision, and half of the items. Honest thresholds move a little with `half`, and
            honest schedules differ at an `early` or `late` progress, which `any` leaves out.
    """

    others: tuple[Context, ...] = NO_MATTER if context == "any" else (context,)

    def suspect(view: MethodView, rng: np.random.Generator) -> Suspicion:
        scored = view.calls["scored"]
        return Suspicion(sum(_difference(scored, view.calls[other]) for other in others))

    return MethodMonitor(suspect, contexts=("scored", *others))


def _difference(scored: Call, other: Call) -> float:
    """Mean total variation between weighted targets; 1 if one of the calls failed."""
    seen = ~np.isnan(other.weights)
    if not seen.any() or np.isnan(scored.weights).any():
        return 1.0
    first, second = (one.weights[seen, None] * one.targets[seen] for one in (scored, other))
    return float(distance(first, second).mean())
