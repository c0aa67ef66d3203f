"""Strengths of the penalty of many trainings, each chosen once for trainings on the same labels."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from truing.seeding import seeded
from truing.students import Design, assign_folds, check_clusters, choose_l2

if TYPE_CHECKING:
    from truing.methods._fit import Training


@dataclass
class Strengths:
    """Strengths of the penalty by training, given or chosen.

    The labels of a choice are those that the method receives, before the method changes them. So
    the code of a method has no influence on the choice, and methods of one supervisor share it.

    Attributes:
        deadline: time of `time.monotonic` in seconds at which a choice stops.
    """

    deadline: float
    _chosen: dict[tuple[bytes, ...], float] = field(default_factory=dict)

    def of(self, training: Training, design: Design) -> float:
        """The strength of the penalty of a training on a design.

        Raises:
            DataError: `l2=auto` with fewer clusters than folds.
            TimeoutError: the deadline passed.
        """
        if training.l2 != "auto":
            return training.l2
        learn, labels, clusters = training.learn, training.labels, training.clusters
        place = (*(one.tobytes() for one in (learn, labels, clusters)), training.chance.encode())
        if place not in self._chosen:
            check_clusters(clusters, "the set of learning items")
            folds = assign_folds(clusters, seeded(f"{training.chance} folds"))
            self._chosen[place] = choose_l2(design, labels, folds, self.deadline).l2
        return self._chosen[place]
