"""Method: how a student turns weak labels into what it learns from.

Almost every published weak-to-strong method is a rule from the weak labels and the student's own
current beliefs to targets and weights, with no gradient through either. Any other loss on logits
fits too: targets = belief - d loss / d logits. Rules are written against the array API, so that the
same file serves NumPy heads and PyTorch fine-tuning.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from array_api_compat import array_namespace

from truing.registry import Registry
from truing.students import Targets


@dataclass(frozen=True)
class Evidence:
    """What a method may look at before training: nothing of it holds truth.

    Attributes:
        weak: (n, k) weak labels of the learning items.
        features: (n, d) what the student sees of them; (n, k, d) where items bring their choices,
            NaN where an item has fewer than k. Absent choices have weak label 0.
        clusters: (n,) the group of related items that each belongs to.
        rng: the same draws for every method of a task, its items and a seed.
    """

    weak: np.ndarray
    features: np.ndarray
    clusters: np.ndarray
    rng: np.random.Generator

    @property
    def flat_features(self) -> np.ndarray:
        """(n, d or k * d) float64, columns of unit variance: for distances between items."""
        flat = self.features.reshape(len(self.features), -1).astype(np.float64)
        absent = np.isnan(flat)
        if absent.any():  # at the mean of their columns, absent choices add to no distance
            mean = np.where(absent, 0, flat).sum(axis=0) / np.maximum((~absent).sum(axis=0), 1)
            flat = np.where(absent, mean, flat)
        spread = flat.std(axis=0)
        return (flat - flat.mean(axis=0)) / np.where(spread > 1e-9, spread, 1)


Prepare = Callable[[Evidence], tuple[np.ndarray, np.ndarray]]
"""Evidence -> (labels (n, k), weights (n,)) that take the weak labels' place."""

Rungs = Callable[[str, str], tuple[str, ...]]
"""Specifications of supervisor and strong student -> the students between them in the chain."""


Control = Literal["upper", "lower"]


@dataclass(frozen=True)
class Method:
    """A rule, and what stands around it.

    Attributes:
        targets: (weak (n, k), belief (n, k), progress 0..1) -> (targets (n, k), weights (n,)).
        static: the rule looks neither at beliefs nor at progress.
        prepare: filters or relabels before training.
        rungs: a chain of students, each labelling for the next.
        members: students that are trained on resampled items and averaged.
        peers: two members, each shown the other's beliefs.
        rounds: number of times that a head is asked for beliefs and solved again; None for the
            default, 16. Fine-tuning calls the rule at every step.
        labels: `truth` for the oracle alone, which is trained as the ceiling is.
        control: a method with a known result: `upper` (its PGR is 1) or `lower` (its PGR is not
            above 0). Controls are not counted among a study's comparisons. None for all others.
    """

    targets: Targets
    static: bool = False
    prepare: Prepare | None = None
    rungs: Rungs | None = None
    members: int = 1
    peers: bool = False
    rounds: int | None = None
    labels: Literal["weak", "truth"] = "weak"
    control: Control | None = None

    def __post_init__(self) -> None:
        if self.members < 1:
            raise ValueError(f"members must be 1 or more, not {self.members}")
        if self.peers and self.members != 2:
            raise ValueError(f"peers are two members, not {self.members}")
        if self.rounds is not None and self.rounds < 1:
            raise ValueError(f"rounds must be 1 or more, not {self.rounds}")
        if self.control not in (None, "upper", "lower"):
            raise ValueError(f"control must be upper, lower or None, got {self.control!r}")


METHODS: Registry[Method] = Registry(
    "method", "truing.methods", lambda made: isinstance(made, Method)
)
method = METHODS.register


def follow(weak: Any, belief: Any, progress: float) -> tuple[Any, Any]:
    """The plainest rule: learn the labels as they are, every item alike."""
    del belief, progress
    return weak, uniform(weak)


def uniform(weak: Any) -> Any:
    """Weight one (n,) for every item of labels (n, k)."""
    xp = array_namespace(weak)
    return xp.ones(weak.shape[0], dtype=weak.dtype, device=weak.device)


def harden(beliefs: Any) -> Any:
    """One-hot (n, k) of the likeliest choice; several equals share it.

    An untrained student finds all choices alike. Were the first taken, methods that mix in the
    student's own choice would start from a planted error, and some never leave it.
    """
    xp = array_namespace(beliefs)
    best = xp.astype(beliefs == xp.max(beliefs, axis=1, keepdims=True), beliefs.dtype)
    return best / xp.sum(best, axis=1, keepdims=True)


def safe_log(beliefs: Any, floor: float = 1e-6) -> Any:
    """Logarithm of probabilities, those below the floor taken as the floor."""
    xp = array_namespace(beliefs)
    return xp.log(xp.where(beliefs > floor, beliefs, xp.full_like(beliefs, floor)))


def fraction(name: str, value: float, *, above: float = 0.0) -> float:
    """The value, where it lies in (above, 1]; ValueError names the argument otherwise."""
    if not above < value <= 1:
        raise ValueError(f"{name} must lie in ({above:g}, 1], not {value}")
    return value


def ramp(progress: float, warmup: float) -> float:
    """Rises linearly from zero to one, which it reaches at the share `warmup` of the training."""
    return min(progress / warmup, 1.0) if warmup else 1.0


def top_share(scores: Any, quota: float) -> Any:
    """Shares (n,) in [0, 1] that add up to the quota: items with the highest scores come first.

    Items with equal scores get equal shares of what is left of the quota. Ranks would separate them
    by their position in the file, which says nothing about them.

    Args:
        scores: (n,) real numbers.
        quota: number of items, from 0 to n; a fraction of an item is allowed.
    """
    xp = array_namespace(scores)
    ordered = xp.sort(scores)
    not_above = xp.searchsorted(ordered, scores, side="right")
    tied = xp.astype(not_above - xp.searchsorted(ordered, scores, side="left"), scores.dtype)
    above = xp.astype(scores.shape[0] - not_above, scores.dtype)
    return xp.clip((quota - above) / tied, 0.0, 1.0)


def most_confident(weak: Any, share: float) -> Any:
    """Weights (n,): 1 for the share of items with the most confident weak labels, 0 for the others.

    Confidence is the largest probability of a label. Where the limit falls among items with equal
    confidence, all of these get the same fraction; see `top_share`.
    """
    xp = array_namespace(weak)
    return top_share(xp.max(weak, axis=1), max(1, round(share * weak.shape[0])))
