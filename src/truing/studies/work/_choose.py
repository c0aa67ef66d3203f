"""Choose: the learning rate with the lowest validation loss, and the model trained with it.

A choice reads the validation losses of trainings, and no labels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from truing.students import TransformerStudent
from truing.students.transformer import learning_rates
from truing.studies._step import Job, Payload, Step
from truing.studies._store import Store
from truing.studies.work._code import code_version

CHOICE = "choose learning rate"
CURVES = ("losses", "validation")  # arrays that a choice does not copy


@dataclass(frozen=True)
class ChoicePayload(Payload):
    """Learning rates to choose from.

    Attributes:
        student: specification of the transformer.
        values: learning rates in increasing order, one for each training.
    """

    student: str
    values: tuple[float, ...]


def choose_step(student: TransformerStudent, trainings: Sequence[Step]) -> Step:
    """Plan the choice of a learning rate.

    Args:
        student: the transformer with `learning_rate=auto`.
        trainings: its naive fine-tuning with each value of `learning_rates`, in their order.
    """
    values = learning_rates(student.transformer.settings.adapter)
    config = {"values": values, "code": code_version(choose_step, run_choose)}
    payload = ChoicePayload(student.label, values)
    return Step(CHOICE, config, {"trainings": tuple(trainings)}, payload)


def chosen_training(step: Step, store: Store) -> Step:
    """The training that a finished choice chose; any other step is returned as it is."""
    if not isinstance(step.payload, ChoicePayload) or not store.intact(step.key):
        return step
    losses = store.read(step.key)["validation_losses"]
    return step.parents["trainings"][int(losses.argmin())]


def run_choose(jobs: Sequence[Job[ChoicePayload]], store: Store) -> None:
    """Write the arrays of the chosen training except its curves, and `validation_losses` (V,).

    Of equal losses the one of the lowest learning rate is chosen.
    """
    for job in jobs:
        found = [store.read(key) for key in job.parents["trainings"]]
        losses = np.concatenate([one["validation_loss"] for one in found])
        chosen = found[int(losses.argmin())]
        kept = {name: array for name, array in chosen.items() if name not in CURVES}
        store.write(job.key, {**kept, "validation_losses": losses})
