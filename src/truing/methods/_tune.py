"""Fine-tunings by a method: one for each member of an ensemble, or one for two peers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from truing.methods._fit import Training, member_masses, prepared

if TYPE_CHECKING:
    from truing.students.transformer import FineTuning, Transformer, Validation
    from truing.tasks import Task


def plan_tunings(
    transformer: Transformer,
    task: Task,
    training: Training,
    asked: np.ndarray,
    features: np.ndarray | None = None,
    validation: Validation | None = None,
) -> list[FineTuning]:
    """The fine-tunings of a training, whose beliefs (M, m, k) are averaged over all models.

    Args:
        transformer: the checkpoint and its settings.
        task: the task with the texts.
        training: the method, the learning items and their labels; `l2` is not used.
        asked: (m,) indices of the items whose beliefs are computed.
        features: features of all items of the task, for a method with a preparation.
        validation: items that are kept out of training; None without early stopping.

    Raises:
        MethodError: the method's preparation returned invalid labels or weights.
    """
    from truing.students.transformer import FineTuning

    labels, mass = prepared(training, features)
    masses = member_masses(training, mass)
    together = 2 if training.method.peers else 1
    work = FineTuning(
        transformer.checkpoint,
        transformer.settings,
        task,
        training.learn,
        labels,
        masses,
        training.method.rule(labels),
        training.method.static,
        asked,
        training.chance,
        training.name,
        validation,
    )
    starts = range(0, len(masses), together)
    return [replace(work, masses=masses[at : at + together]) for at in starts]
