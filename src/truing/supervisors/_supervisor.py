"""Labeler: a supervisor that makes all its labels in one step, and the registry of labelers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

import numpy as np

from truing.calls import checked_class
from truing.errors import DataError
from truing.registry import Registry
from truing.supervisors._registered import Registered
from truing.tasks import Task

Sees = Literal["nothing", "supervise", "everything"]


@checked_class
@dataclass(frozen=True)
class Labeler(Registered):
    """A supervisor that makes all its labels in one step.

    Attributes:
        label: (task, truth, rng) -> probabilities (N, k). Truth (N,) is -1 for items whose ground
            truth is withheld. All labelers of a task and seed receive the same random generator, so
            that parts which they share (a judge) are identical.
        sees: the items whose ground truth it receives: none, the supervise split, or all.
        heavy: it takes seconds, so that a separate process is worthwhile.
        unaided: specification of the same judge without help; a study with both supervisors
            measures the value of the help.
        embedded: the judge or its helper is a program in place of a model.
        check: function that raises DataError if it cannot label a task; called when a study is
            planned. Only labels in the order of the items have one.
        once: it uses neither truth nor random numbers, so that all seeds share its labels.
        fixed: its labels are those of the items of one task, so that it cannot label another.

    Examples:
        >>> import numpy as np
        >>> from truing.supervisors import Labeler
        >>> even = Labeler(lambda task, truth, rng: np.full((len(task), 2), 0.5))
        >>> even.simulated
        False
    """

    label: Callable[[Task, np.ndarray, np.random.Generator], np.ndarray]
    sees: Sees = "nothing"
    heavy: bool = False
    unaided: str | None = None
    embedded: bool = False
    check: Callable[[Task], object] | None = None
    once: bool = False
    fixed: bool = False

    @property
    def simulated(self) -> bool:
        """Whether no real supervisor made the labels: it reads all ground truth, or is embedded."""
        return self.sees == "everything" or self.embedded


SUPERVISORS: Registry[Registered] = Registry(
    "supervisor", "truing.supervisors", lambda made: isinstance(made, Registered)
)
"""All registered supervisors."""

Make = TypeVar("Make", bound=Callable[..., Registered])


def supervisor(form: str) -> Callable[[Make], Make]:
    """Decorator that registers a supervisor. The docstring's first line is its description.

    The decorated function takes the arguments and returns a `Labeler` or an `Elicitor`. An
    `Elicitor` reads features, which its name carries: `ccs:{features:FEATURES}`.

    Args:
        form: name, with the arguments that it carries: `recorded:{path:FILE}`.

    Examples:
        >>> import numpy as np
        >>> import truing
        >>> from truing.supervisors import Labeler
        >>> @truing.supervisor("first")
        ... def first():
        ...     "The first choice for every item."
        ...     return Labeler(lambda task, truth, rng: np.eye(len(task.choices))[0 * truth])
        >>> first().simulated
        False
    """
    register: Any = SUPERVISORS.register(form)  # returns the function as it is
    return register


def check_labels(labels: np.ndarray, task: Task, name: str) -> np.ndarray:
    """Check that weak labels are probabilities (N, k); float32.

    Raises:
        DataError: a wrong shape, values that are not finite, or rows that do not sum to 1.

    Examples:
        >>> import numpy as np
        >>> from truing.supervisors import check_labels
        >>> from truing.tasks import load_task
        >>> task = load_task("digits").task
        >>> check_labels(np.full((len(task), 10), 0.1), task, "even-odds").dtype
        dtype('float32')
    """
    wanted = (len(task), len(task.choices))
    labels = np.asarray(labels, np.float64)
    if labels.shape != wanted:
        raise DataError(
            f"supervisor {name!r} returned labels of shape {labels.shape}; the shape must be "
            f"{wanted}"
        )
    own = labels if task.absent is None else np.where(task.absent, 0, labels)
    fair = (labels >= 0).all(axis=1) & (np.abs(own.sum(axis=1) - 1) < 1e-3)
    if not fair.all():
        at = int(np.flatnonzero(~fair)[0])
        listed = ", ".join(f"{one:.3g}" for one in labels[at][:6])
        advice = "; an item without a label can have equal probabilities"
        raise DataError(
            f"supervisor {name!r}: the labels of item {task.ids[at]!r} are not probabilities: "
            f"[{listed}{', ...' * (len(labels[at]) > 6)}] must be finite numbers, not below 0, "
            f"that sum to 1 over the item's own choices{advice * bool(np.isnan(labels[at]).any())}"
        )
    return (own / own.sum(axis=1, keepdims=True)).astype(np.float32)
