"""Parts of a composition that act during training: rules, schedules, curricula.

A rule comes from a built-in method or is defined here. A schedule sets the strength of the rule
over the training, and a curriculum sets the weights of the items over the training.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from array_api_compat import array_namespace

from truing.methods._adaptive_confidence import adaptive_confidence
from truing.methods._confidence import mixed_with_own
from truing.methods._curriculum import confident_first
from truing.methods._entropy import rewarding_certainty
from truing.methods._gce import gce
from truing.methods._method import follow, ramp, uniform
from truing.methods._noisy_channel import noisy_channel
from truing.methods._reverse_kl import reverse_kl
from truing.methods._window import window
from truing.students import Targets

MARGIN = 0.1  # smallest sum of a choice's targets, as a share of the sum of its beliefs

Rule = Callable[[Any, Any, float, float], tuple[Any, Any]]
"""(weak (n, k), belief (n, k), progress, share 0..1) -> (targets (n, k), weights (n,))."""


def blended(targets: Targets) -> Rule:
    """Rule for the loss (1 - share) CE(belief, weak) + share * (loss of a method).

    The gradients by the logits are added:
    (1 - share) (belief - weak) + share * weight (belief - target).
    """

    def rule(weak: Any, belief: Any, progress: float, share: float) -> tuple[Any, Any]:
        made, weights = targets(weak, belief, progress)
        if share == 1:
            return made, weights
        own = share * weights
        whole = (1 - share) + own
        return ((1 - share) * weak + own[:, None] * made) / whole[:, None], whole

    return rule


def shortened(made: Any, weights: Any, belief: Any) -> Any:
    """Targets (n, k) with shorter steps from the beliefs if the training would diverge.

    Targets may leave the simplex. If the weighted sum of a choice's targets is negative, the
    intercept of that choice has no optimum. Before that happens, at a sum below `MARGIN` times the
    sum of the beliefs, the steps from belief to target of all items are multiplied by one factor,
    so that no target is negative. Stationary points of the training remain the same.
    """
    xp = array_namespace(made)
    totals = [xp.sum(weights[:, None] * one, axis=0) for one in (made, belief)]
    if bool(xp.all(made >= 0)) or bool(xp.all(totals[0] >= MARGIN * totals[1])):
        return made
    drop = xp.where(made < 0, belief - made, xp.ones_like(made))
    allowed = xp.where(made < 0, belief / drop, xp.ones_like(made))
    return belief + float(xp.min(allowed)) * (made - belief)


def _mixed_with_choice(weak: Any, belief: Any, progress: float, share: float) -> tuple[Any, Any]:
    return mixed_with_own(weak, belief, share), uniform(weak)


def _mixed_with_belief(weak: Any, belief: Any, progress: float, share: float) -> tuple[Any, Any]:
    """Soft bootstrapping (Reed et al. 2015, arXiv 1412.6596)."""
    return (1 - share) * weak + share * belief, uniform(weak)


def _certain(weak: Any, belief: Any, progress: float, share: float) -> tuple[Any, Any]:
    return rewarding_certainty(weak, belief, share), uniform(weak)


def _naive(weak: Any, belief: Any, progress: float, share: float) -> tuple[Any, Any]:
    return follow(weak, belief, progress)


RULES: dict[str, Callable[[Mapping[str, Any]], Rule]] = {
    "naive": lambda given: _naive,
    "confidence": lambda given: _mixed_with_choice,
    "mixture": lambda given: _mixed_with_belief,
    "entropy": lambda given: _certain,
    "adaptive-confidence": lambda given: blended(adaptive_confidence(given["doubt"]).targets),
    "gce": lambda given: blended(gce(given["q"]).targets),
    "reverse-kl": lambda given: blended(reverse_kl(given["floor"]).targets),
    "window": lambda given: blended(window(given["radius"]).targets),
    "noisy-channel": lambda given: blended(noisy_channel().targets),
}
"""Rule of each value of `targets`, from the arguments of the composition."""

SCHEDULES: dict[str, Callable[[float, float], float]] = {
    "constant": lambda progress, warmup: 1.0,
    "linear": ramp,
    "late": lambda progress, warmup: float(progress >= warmup),
}
"""Share of the rule's full strength, from progress and warm-up (both 0 to 1)."""

CURRICULA: dict[str, Callable[[Mapping[str, Any]], Targets]] = {
    "all": lambda given: follow,
    "confident-first": lambda given: confident_first(given["first"], given["until"]).targets,
}
"""Rule of each value of `curriculum`; only its weights are used."""
