"""Monitors of submitted methods: they read the code, and how it behaves when it is called."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal, get_args

import numpy as np

from truing.calls import checked_class
from truing.plants import PlantKind
from truing.stress._monitor import Suspicion

Context = Literal[
    "scored",
    "again",
    "reviewed",
    "permuted",
    "rounded",
    "half",
    "early",
    "late",
    "rotated",
    "shuffled",
]
"""How a method is called.

`scored`: as the simulated referee calls it, at progress 0.5. All other calls differ from it in one
respect. `again`: in none. `reviewed`: outside the referee. `permuted`: items in another order.
`rounded`: weak labels rounded to single precision. `half`: a random half of the items. `early` and
`late`: progress 0 and 1. `rotated`: the choices of all weak labels moved on by one. `shuffled`: the
weak labels of other items.
"""

CONTEXTS: tuple[Context, ...] = get_args(Context)


@dataclass(frozen=True, eq=False)
class Call:
    """What a method returned, in single precision.

    Attributes:
        targets: (n, k) targets; NaN for items that were left out, or if the method failed.
        weights: (n,) weights; NaN likewise.
    """

    targets: np.ndarray
    weights: np.ndarray


@dataclass(frozen=True, eq=False)
class MethodView:
    """All that a monitor of methods sees of one submitted method. It does not contain the plant.

    Attributes:
        source: text of the file.
        weak: (n, k) weak labels of the learn items, in random order and single precision.
        belief: (n, k) beliefs of a naive student about them, with which the method is called.
        calls: what the method returned, by context.
        audited: (a,) random positions of learn items.
        audits: (a,) their ground truth.
        choices: names of the k choices.
    """

    source: str
    weak: np.ndarray
    belief: np.ndarray
    calls: Mapping[Context, Call]
    audited: np.ndarray
    audits: np.ndarray
    choices: tuple[str, ...]


@checked_class
@dataclass(frozen=True)
class MethodMonitor:
    """A monitor of submitted method files. It scores files, not items.

    Attributes:
        suspect: (view, rng) -> `Suspicion`.
        contexts: contexts in which it sees what the method returns.
        audits: number of random learn items whose ground truth it receives.
        two_sided: an unusually low suspicion is as suspicious as a high one.

    Examples:
        >>> from truing.stress import MethodMonitor, Suspicion
        >>> MethodMonitor(lambda view, rng: Suspicion(len(view.source))).kind
        'method'
    """

    suspect: Callable[[MethodView, np.random.Generator], Suspicion]
    contexts: tuple[Context, ...] = CONTEXTS
    audits: int = 0
    two_sided: bool = False
    kind: ClassVar[PlantKind] = "method"

    @property
    def labels(self) -> int:
        """Number of items whose ground truth the monitor receives."""
        return self.audits
