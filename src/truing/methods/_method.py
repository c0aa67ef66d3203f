"""Method: a rule that turns weak labels into training targets and weights.

Nearly every published weak-to-strong method is a rule from the weak labels and the student's
current beliefs to targets and weights, without a gradient through either. Any other loss on logits
can be written as such a rule: targets = belief - d loss / d logits. Rules use the array API, so the
same file works for NumPy heads and for PyTorch fine-tuning.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import numpy as np
from array_api_compat import array_namespace

from truing.calls import checked_class
from truing.registry import Registry
from truing.students import Targets


@dataclass(frozen=True)
class Evidence:
    """Data that a method may use before training. It contains no ground truth.

    Attributes:
        weak: (n, k) weak labels of the learning items.
        features: (n, d) the student's features of the learning items; (n, k, d) if each item has
            its own choices, with NaN for an item with fewer than k choices. Absent choices have
            weak label 0.
        clusters: (n,) cluster of related items that each item belongs to.
        rng: random generator; its draws are the same for all methods on the same items and seed.

    Examples:
        >>> import numpy as np
        >>> from truing.methods import Evidence
        >>> weak, features, items = np.eye(2), np.array([[0.0], [4.0]]), np.arange(2)
        >>> evidence = Evidence(weak, features, clusters=items, rng=np.random.default_rng(0))
        >>> evidence.flat_features.tolist()
        [[-1.0], [1.0]]
    """

    weak: np.ndarray
    features: np.ndarray
    clusters: np.ndarray
    rng: np.random.Generator

    @property
    def flat_features(self) -> np.ndarray:
        """(n, d or k * d) float64 features with unit variance, for distances between items."""
        flat = self.features.reshape(len(self.features), -1).astype(np.float64)
        absent = np.isnan(flat)
        if absent.any():  # at the column mean, absent choices add nothing to a distance
            mean = np.where(absent, 0, flat).sum(axis=0) / np.maximum((~absent).sum(axis=0), 1)
            flat = np.where(absent, mean, flat)
        spread = flat.std(axis=0)
        return (flat - flat.mean(axis=0)) / np.where(spread > 1e-9, spread, 1)


Prepare = Callable[[Evidence], tuple[np.ndarray, np.ndarray]]
"""Evidence -> (labels (n, k), weights (n,)) that replace the weak labels."""

Rungs = Callable[[str, str], tuple[str, ...]]
"""Specifications of supervisor and strong student -> those of the students between them."""


Control = Literal["upper", "lower"]
"""Kind of a control: its PGR is 1, or not above 0."""


@checked_class
@dataclass(frozen=True)
class Method:
    """A rule from weak labels to training targets, with its preparation and its students.

    Attributes:
        targets: (weak (n, k), belief (n, k), progress 0..1) -> (targets (n, k), weights (n,)).
        static: True if the rule uses neither beliefs nor progress.
        prepare: function that filters or relabels items before training; None for none.
        of_labels: function from the labels (n, k) of all learning items, after the preparation, to
            the rule; None if the rule is `targets`. Fine-tuning calls a rule with one batch at a
            time, so a rule that needs a statistic of all labels, such as their median, is made
            here. `targets` is then the rule for a call with all items.
        rungs: function that names a chain of students, each labeling for the next; None for none.
        members: number of students that are trained on resampled items and averaged.
        peers: True if there are two members, and each rule receives the other member's beliefs.
        rounds: number of times that a head's targets are computed from its beliefs and the head is
            solved again; None for the default, 16. Fine-tuning calls the rule at every step.
        labels: `truth` only for the oracle, which is trained like the ceiling; else `weak`.
        control: `upper` (its PGR is 1) or `lower` (its PGR is not above 0) for a method with a
            known result; None for all other methods. Controls are not counted among the comparisons
            of a study.

    Raises:
        ValueError: a value is out of range, or `peers` is set without two members.

    Examples:
        >>> import numpy as np
        >>> import truing
        >>> def mix(weak, belief, progress):
        ...     return (weak + belief) / 2, np.ones(len(weak))
        >>> method = truing.Method(targets=mix)
        >>> targets, weights = method.targets(np.array([[1.0, 0.0]]), np.array([[0.5, 0.5]]), 0.0)
        >>> targets
        array([[0.75, 0.25]])
    """

    targets: Targets
    static: bool = False
    prepare: Prepare | None = None
    of_labels: Callable[[np.ndarray], Targets] | None = None
    rungs: Rungs | None = None
    members: int = 1
    peers: bool = False
    rounds: int | None = None
    labels: Literal["weak", "truth"] = "weak"
    control: Control | None = None

    def __post_init__(self) -> None:
        if self.members < 1:
            raise ValueError(f"members must be 1 or more, got {self.members}")
        if self.peers and self.members != 2:
            raise ValueError(f"peers needs members=2, got {self.members}")
        if self.rounds is not None and self.rounds < 1:
            raise ValueError(f"rounds must be 1 or more, got {self.rounds}")
        if self.control not in (None, "upper", "lower"):
            raise ValueError(f"control must be upper, lower or None, got {self.control!r}")

    def rule(self, labels: np.ndarray) -> Targets:
        """The rule of one training, from the labels (n, k) of all its learning items."""
        of_labels = self.of_labels
        if of_labels is None:
            return self.targets
        made = cache(lambda: of_labels(labels))  # at the first call, which is checked
        return lambda weak, belief, progress: made()(weak, belief, progress)


METHODS: Registry[Method] = Registry(
    "method", "truing.methods", lambda made: isinstance(made, Method)
)
"""All registered methods."""


def method(form: str) -> Callable[[Callable[..., Method]], Callable[..., Method]]:
    """Decorator that registers a method. The docstring's first line is its description.

    The decorated function takes the method's arguments and returns a `Method`.

    Args:
        form: name, with the arguments that it carries: `top-{share:S}`.

    Examples:
        >>> import truing
        >>> from truing.methods import uniform
        >>> @truing.method("hardened")
        ... def hardened():
        ...     "Train on the most probable class."
        ...     def targets(weak, belief, progress):
        ...         top = weak == weak.max(axis=1, keepdims=True)
        ...         return top / top.sum(axis=1, keepdims=True), uniform(weak)
        ...     return truing.Method(targets=targets, static=True)
        >>> hardened().static
        True
    """
    return METHODS.register(form)


def follow(weak: Any, belief: Any, progress: float) -> tuple[Any, Any]:
    """Rule that learns the labels unchanged, with weight 1 for each item.

    Examples:
        >>> import numpy as np
        >>> from truing.methods import follow
        >>> targets, weights = follow(np.array([[0.7, 0.3]]), np.array([[0.5, 0.5]]), progress=0.0)
        >>> targets.tolist(), weights.tolist()
        ([[0.7, 0.3]], [1.0])
    """
    del belief, progress
    return weak, uniform(weak)


def uniform(weak: Any) -> Any:
    """Weights (n,) of 1, one for each item of labels (n, k).

    Examples:
        >>> import numpy as np
        >>> from truing.methods import uniform
        >>> uniform(np.array([[0.7, 0.3], [0.4, 0.6]])).tolist()
        [1.0, 1.0]
    """
    xp = array_namespace(weak)
    return xp.ones(weak.shape[0], dtype=weak.dtype, device=weak.device)


def harden(beliefs: Any) -> Any:
    """One-hot vectors (n, k) of the likeliest choices; tied choices share the 1 equally.

    For an untrained student all choices are equally likely. If the first of them were taken,
    methods that add the student's own choice would start from a systematic error, and some methods
    would never correct it.

    Examples:
        >>> import numpy as np
        >>> from truing.methods import harden
        >>> harden(np.array([[0.7, 0.3], [0.5, 0.5]])).tolist()
        [[1.0, 0.0], [0.5, 0.5]]
    """
    xp = array_namespace(beliefs)
    best = xp.astype(beliefs == xp.max(beliefs, axis=1, keepdims=True), beliefs.dtype)
    return best / xp.sum(best, axis=1, keepdims=True)


def safe_log(beliefs: Any, floor: float = 1e-6) -> Any:
    """Logarithm of probabilities, which are clipped below at the floor.

    Examples:
        >>> import numpy as np
        >>> from truing.methods import safe_log
        >>> safe_log(np.array([1.0, 0.0]), floor=0.01).round(3).tolist()
        [0.0, -4.605]
    """
    xp = array_namespace(beliefs)
    return xp.log(xp.where(beliefs > floor, beliefs, xp.full_like(beliefs, floor)))


def ramp(progress: float, warmup: float) -> float:
    """Linear rise from 0 to 1, which is reached at the share `warmup` of the training.

    Examples:
        >>> from truing.methods import ramp
        >>> ramp(0.1, warmup=0.2), ramp(0.7, warmup=0.2)
        (0.5, 1.0)
    """
    return min(progress / warmup, 1.0) if warmup else 1.0


def top_share(scores: Any, quota: float) -> Any:
    """Shares (n,) in [0, 1] that sum to the quota: 1 for the highest scores, 0 for the lowest.

    Items with equal scores get equal shares of the rest of the quota. Ranks would separate such
    items by their position in the file, which carries no information.

    Args:
        scores: (n,) real numbers.
        quota: number of items, from 0 to n; it need not be whole.

    Examples:
        >>> import numpy as np
        >>> from truing.methods import top_share
        >>> top_share(np.array([3.0, 1.0, 1.0]), quota=2).tolist()
        [1.0, 0.5, 0.5]
    """
    xp = array_namespace(scores)
    ordered = xp.sort(scores)
    not_above = xp.searchsorted(ordered, scores, side="right")
    tied = xp.astype(not_above - xp.searchsorted(ordered, scores, side="left"), scores.dtype)
    above = xp.astype(scores.shape[0] - not_above, scores.dtype)
    return xp.clip((quota - above) / tied, 0.0, 1.0)


def most_confident(weak: Any, share: float) -> Any:
    """Weights (n,): 1 for the share of items with the most confident weak labels, else 0.

    Confidence is the largest probability of a label. If the limit falls among items with equal
    confidence, all these items get the same fraction as weight; see `top_share`.

    Examples:
        >>> import numpy as np
        >>> from truing.methods import most_confident
        >>> most_confident(np.array([[0.9, 0.1], [0.4, 0.6]]), share=0.5).tolist()
        [1.0, 0.0]
    """
    xp = array_namespace(weak)
    return top_share(xp.max(weak, axis=1), max(1, round(share * weak.shape[0])))
