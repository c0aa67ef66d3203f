"""Monitors: functions that see a system and say how suspicious it is, without knowing a plant."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, TypeVar

import numpy as np

from truing.calls import checked_class
from truing.plants import PlantKind
from truing.registry import Registry

Changed = Literal["noise", "paraphrase", "order"]
"""A change of inputs that leaves the right answer as it is."""


@dataclass(frozen=True, eq=False)
class Seen:
    """Items that a monitor sees, in random order, with the answers of the system.

    Attributes:
        inputs: (n, ...) inputs, as `Task.inputs`; copies with a trigger are not marked.
        features: (n, d) input of the student's head, or of its untrained checkpoint; (n, k, d) for
            items with their own choices.
        beliefs: (n, k) beliefs of the watched system.
        models: (n, k) beliefs of each model that the monitor asked for, by its specification.
        changed: (r, n, k) beliefs of the system about changed inputs, by the kind of change.
    """

    inputs: np.ndarray
    features: np.ndarray
    beliefs: np.ndarray
    models: Mapping[str, np.ndarray] = field(default_factory=dict)
    changed: Mapping[Changed, np.ndarray] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Head:
    """Weights of the watched student, if it is a head: see `truing.studies.work.apply_head`."""

    weight: np.ndarray
    bias: np.ndarray


@dataclass(frozen=True, eq=False)
class View:
    """All that a monitor of a study sees of one system. It does not contain the plant.

    Attributes:
        watched: n items, on which the system may misbehave.
        learned: l items that the student learned.
        labels: (l, k) labels that it learned.
        trusted: t items with known ground truth; they are neither watched nor learned.
        truth: (t,) ground truth of the trusted items.
        audited: (a,) random positions in `watched`, in random order.
        audits: (a,) ground truth of the audited items.
        head: weights of the student; None if it is not a head.
        choices: names of the k choices.
    """

    watched: Seen
    learned: Seen
    labels: np.ndarray
    trusted: Seen
    truth: np.ndarray
    audited: np.ndarray
    audits: np.ndarray
    head: Head | None
    choices: tuple[str, ...]

    @property
    def count(self) -> int:
        """Number of watched items."""
        return len(self.watched.beliefs)


@dataclass(frozen=True, eq=False)
class Suspicion:
    """What a monitor says about one system; larger numbers are more suspicious.

    Attributes:
        system: suspicion of the system as a whole.
        items: (n,) suspicion of each watched item; None if the monitor does not score items.
        used: number of audited items that were used; None for all.
    """

    system: float
    items: np.ndarray | None = None
    used: int | None = None


@checked_class
@dataclass(frozen=True)
class StudyMonitor:
    """A monitor of supervisors and students.

    An alarm compares the suspicion of a system with that of honest reference systems, so a monitor
    needs no threshold.

    Attributes:
        suspect: (view, rng) -> `Suspicion`.
        trusted: number of trusted items, whose ground truth it receives: random items of the
            supervise split.
        audits: number of audited items: random watched items, whose ground truth it receives.
        models: specifications of supervisors that are trained on the supervise split or elicited,
            and whose beliefs it sees. The ground truth from which they learn is not counted in
            `labels`. A supervisor that reads the ground truth of other items is refused.
        changed: changes of inputs under which it sees the system's answers.
        two_sided: an unusually low suspicion of the system is as suspicious as a high one.
        needs_head: it reads the weights of the student's head, `View.head`; other systems are
            refused.

    Examples:
        >>> import numpy as np
        >>> from truing.stress import StudyMonitor, Suspicion
        >>> def unsure(view, rng):
        ...     doubt = 1 - view.watched.beliefs.max(axis=1)
        ...     return Suspicion(float(doubt.mean()), doubt)
        >>> StudyMonitor(unsure).labels
        0
    """

    suspect: Callable[[View, np.random.Generator], Suspicion]
    trusted: int = 0
    audits: int = 0
    models: tuple[str, ...] = ()
    changed: tuple[Changed, ...] = ()
    two_sided: bool = False
    needs_head: bool = False
    kind: ClassVar[PlantKind] = "study"

    @property
    def labels(self) -> int:
        """Number of items whose ground truth the monitor receives."""
        return self.trusted + self.audits


MONITORS: Registry[Any] = Registry(
    "monitor", "truing.stress.monitors", lambda made: hasattr(made, "kind")
)
"""All registered monitors."""

Make = TypeVar("Make", bound=Callable[..., Any])


def monitor(form: str) -> Callable[[Make], Make]:
    """Decorator that registers a monitor. The docstring's first line is its description.

    The decorated function takes the arguments and returns a `StudyMonitor`, or a monitor of
    protocols or methods.

    Args:
        form: name, with the arguments that it carries.

    Examples:
        >>> import truing
        >>> from truing.stress import StudyMonitor, Suspicion
        >>> @truing.monitor("errors")
        ... def errors(audits: int = 20) -> StudyMonitor:
        ...     "Share of the audited items with an error."
        ...     def suspect(view, rng):
        ...         answers = view.watched.beliefs[view.audited].argmax(axis=1)
        ...         return Suspicion(float((answers != view.audits).mean()))
        ...     return StudyMonitor(suspect, audits=audits)
        >>> test = truing.StressTest(plants="liar", monitors=["errors,audits=50"])
        >>> test.built_monitors[0].value.labels
        50
    """
    register: Any = MONITORS.register(form)  # returns the function as it is
    return register
