"""Seats: which items of a system a monitor sees, and the steps that make the system."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from truing.stress._monitor import Changed
from truing.studies import Step


@dataclass(frozen=True, eq=False)
class Seat:
    """Items of one system.

    Attributes:
        seed: seed of the system.
        watched: (n,) indices of the watched items.
        learned: (l,) indices of the items that the student learned.
        trusted: (t,) indices of the trusted items.
        audited: (a,) positions of the audited items among the watched items, in random order.
    """

    seed: int
    watched: np.ndarray
    learned: np.ndarray
    trusted: np.ndarray
    audited: np.ndarray

    @property
    def known(self) -> np.ndarray:
        """Indices of the items whose ground truth the monitor receives: trusted, then audited."""
        return np.concatenate([self.trusted, self.watched[self.audited]])


@dataclass(frozen=True, eq=False)
class StudySystem:
    """The steps of one system of a study.

    Attributes:
        answers: beliefs of the watched supervisor or student about all items.
        labels: labels that the student learned.
        planted: labels of the plant, with the items that it changed; None for an honest system.
        models: beliefs of the models that a monitor asked for, by specification.
        changed: beliefs of the system about changed inputs, one step per draw, by kind of change.
    """

    answers: Step
    labels: Step
    planted: Step | None = None
    models: Mapping[str, Step] = field(default_factory=dict)
    changed: Mapping[Changed, Sequence[Step]] = field(default_factory=dict)
