"""Coherent labels: a search for labels that predict each other (Wen et al. 2025).

Internal coherence maximization (arXiv 2506.10139, section 2) looks for the labels D of a set of
items that maximize U(D) = alpha * P(D) - I(D). P(D) is the mean over the labeled items of
log P(label | item, the other labeled items), and I(D) is the number of inconsistent pairs. The
search is simulated annealing (algorithm 1): it starts from a few random labels, and in each step
gives a random item its most probable label, given the others. The step is undone with probability
1 - exp(change of U / T) if U decreases. The temperature T falls with the logarithm of the step.

Two items are inconsistent if they belong to one cluster and both have the label that only one item
of a cluster can have, such as two different solutions of a question that are both `correct`. The
fix (algorithm 2) gives one of them, or both, their next most probable label, whichever has the
highest U.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

START = 8  # random labels at the start (section 2.3)
ALPHA = 50.0  # weight of the mutual predictability
HOTTEST, COLDEST, COOLING = (
    10.0,
    0.01,
    0.99,
)  # temperature T = max(COLDEST, HOTTEST / (1 + COOLING log n))
NONE = -1  # label of an item that has no label so far

Predict = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""(labels (n,), wanted (m,)) -> (m, k) log-probabilities of the labels of the wanted items, each
given the labels of the other items; labels are -1 for items without a label."""


@dataclass(frozen=True)
class Search:
    """Settings of a search for coherent labels.

    Attributes:
        items: number of items that are labeled.
        context: maximum number of examples before each prompt.
        steps: number of steps; 0 for two per item.
        exclusive: name of the class that at most one item of a cluster has; empty for none.
    """

    items: int
    context: int
    steps: int = 0
    exclusive: str = ""


@dataclass(frozen=True)
class Exclusive:
    """A label that at most one item of each cluster has.

    Attributes:
        label: the label.
        clusters: (n,) cluster of each item.
    """

    label: int
    clusters: np.ndarray

    def pairs(self, labels: np.ndarray) -> list[tuple[int, int]]:
        """Inconsistent pairs of items."""
        found = np.flatnonzero(labels == self.label).tolist()
        return [(a, b) for a, b in combinations(found, 2) if self.clusters[a] == self.clusters[b]]


def find_coherent_labels(
    counts: np.ndarray,
    predict: Predict,
    steps: int,
    rng: np.random.Generator,
    exclusive: Exclusive | None = None,
) -> np.ndarray:
    """Labels (n,) that predict each other.

    Args:
        counts: (n,) number of choices of each item.
        predict: log-probabilities of labels given other labels.
        steps: number of steps.
        rng: random generator of the start, of the order of the items and of the acceptance.
        exclusive: label that at most one item of a cluster has; None if any labels are consistent.

    Examples:
        >>> import numpy as np
        >>> from truing.supervisors import find_coherent_labels
        >>> side = np.array([0, 0, 0, 0, 0, 1, 1, 1, 1, 1])  # items of a side predict each other
        >>> def predict(labels, wanted):
        ...     votes = np.eye(2)[labels] * (labels >= 0)[:, None]
        ...     same = (side[wanted][:, None] == side) & (wanted[:, None] != np.arange(10))
        ...     belief = 0.1 + same @ votes + ~same @ votes[:, ::-1]
        ...     return np.log(belief / belief.sum(axis=1, keepdims=True))
        >>> two = np.full(10, 2)
        >>> found = find_coherent_labels(two, predict, 60, np.random.default_rng(0))
        >>> len(set(found[:5])), len(set(found[5:])), bool(found[0] != found[5])
        (1, 1, True)
    """
    labels = _random_start(counts, rng)
    fix = _Fix(predict, exclusive)
    labels = fix.consistent(labels)
    value = fix.value(labels)
    for step in range(1, steps + 1):
        temperature = max(COLDEST, HOTTEST / (1 + COOLING * math.log(step)))
        item, chance = int(rng.integers(len(labels))), rng.random()
        tried = labels.copy()
        tried[item] = _best(predict, labels, np.array([item]))[0]
        if tried[item] == labels[item]:
            continue
        tried = fix.consistent(tried)
        new = fix.value(tried)
        if new > value or chance < math.exp((new - value) / temperature):
            labels, value = tried, new
    rest = np.flatnonzero(labels == NONE)
    if len(rest):
        labels[rest] = _best(predict, labels, rest)
    return labels


def _random_start(counts: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Labels of a few random items, balanced over the choices; -1 for the other items."""
    labels = np.full(len(counts), NONE)
    chosen = rng.permutation(len(counts))[:START]
    labels[chosen] = rng.permutation(np.arange(len(chosen)) % counts.max()) % counts[chosen]
    return labels


def _best(predict: Predict, labels: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    return predict(labels, wanted).argmax(axis=1)


@dataclass(frozen=True)
class _Fix:
    """The value U of labels, and the fix of inconsistent labels."""

    predict: Predict
    exclusive: Exclusive | None

    def value(self, labels: np.ndarray) -> float:
        """U(D): mutual predictability minus inconsistency."""
        known = np.flatnonzero(labels != NONE)
        log_p = self.predict(labels, known)[np.arange(len(known)), labels[known]]
        return ALPHA * float(log_p.mean()) - len(self._pairs(labels))

    def consistent(self, labels: np.ndarray) -> np.ndarray:
        """The labels after the fix of all inconsistent pairs."""
        while pairs := self._pairs(labels):
            labels = max(self._options(labels, pairs[0]), key=self.value)
        return labels

    def _pairs(self, labels: np.ndarray) -> Sequence[tuple[int, int]]:
        return self.exclusive.pairs(labels) if self.exclusive else ()

    def _options(self, labels: np.ndarray, pair: tuple[int, int]) -> list[np.ndarray]:
        """The labels with other labels for one item of a pair, or for both."""
        assert self.exclusive is not None, "only exclusive labels have pairs"
        log_p = self.predict(labels, np.array(pair))
        log_p[:, self.exclusive.label] = -np.inf
        others = dict(zip(pair, log_p.argmax(axis=1), strict=True))
        options = []
        for changed in (pair[:1], pair[1:], pair):
            option = labels.copy()
            for item in changed:
                option[item] = others[item]
            options.append(option)
        return options


class Contexts:
    """Mutual predictability by a language model, with contexts that many items share.

    The items are divided into two halves. The context of an item is the labeled items of the other
    half, at most `most` of them, the first in the order of the items. So all items of a half share
    a context, whose keys and values are computed once, and no item is in its own context.

    Args:
        items: number of items; their order must be random.
        most: maximum number of examples in a context.
        ask: (context, wanted) -> (wanted, k) log-probabilities; the context is a tuple of items
            and their labels.
    """

    def __init__(
        self,
        items: int,
        most: int,
        ask: Callable[[tuple[tuple[int, int], ...], np.ndarray], np.ndarray],
    ):
        self.half = np.arange(items) % 2
        self.most, self.ask = most, ask
        self.known: dict[tuple[tuple[tuple[int, int], ...], int], np.ndarray] = {}

    def predict(self, labels: np.ndarray, wanted: np.ndarray) -> np.ndarray:
        """Log-probabilities, see `Predict`; contexts that were asked before are not asked again."""
        found = dict[int, np.ndarray]()
        for half in (0, 1):
            context = self.context(labels, 1 - half)
            own = wanted[self.half[wanted] == half]
            new = np.array([one for one in own if (context, one) not in self.known], np.int64)
            if len(new):
                for one, log_p in zip(new.tolist(), self.ask(context, new), strict=True):
                    self.known[context, one] = log_p
            found |= {one: self.known[context, one] for one in own.tolist()}
        return np.stack([found[one] for one in wanted.tolist()])

    def context(self, labels: np.ndarray, half: int) -> tuple[tuple[int, int], ...]:
        """Examples from one half: the first labeled items, and their labels."""
        known = np.flatnonzero((labels != NONE) & (self.half == half))[: self.most]
        return tuple(zip(known.tolist(), labels[known].tolist(), strict=True))
