"""Curves: loss per step and notes of every fine-tuning of a plan."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from truing.studies._plan import Plan
from truing.studies._store import Store
from truing.studies.work import ChoicePayload, FinetuneNotes, FinetunePayload, read_notes


@dataclass(frozen=True)
class LossCurve:
    """Loss curve and notes of a fine-tuning.

    Attributes:
        task, weak, student, method: names; `weak` is empty for training on the ground truth.
        seed: seed of the study.
        role: supervisor, student (rungs of a chain included) or ceiling.
        losses: (rows, 4): member, step from 1, loss of the step's batch, learning rate.
        validation: (rows, 3): member, number of completed steps, validation loss; empty without
            validation.
        notes: texts truncated, batches halved, steps, examples per second, seconds.
    """

    task: str
    weak: str
    student: str
    method: str
    seed: int
    role: str
    losses: np.ndarray
    validation: np.ndarray
    notes: FinetuneNotes


def make_curves(plan: Plan, store: Store) -> tuple[LossCurve, ...]:
    """Curves of the fine-tunings of a completed plan, supervisors before their students."""
    named = {step.key: line.weak for line in plan.lines for step in line.score.parents["weak"]}
    found = []
    for key, step in plan.steps.items():
        payload = step.payload
        if not isinstance(payload, FinetunePayload | ChoicePayload):
            continue
        named.setdefault(key, payload.student)
        if isinstance(payload, ChoicePayload) or key not in store:
            continue  # a rung that was not computed, since its student was stored
        if step.truth and step.truth.purpose == "design":
            continue  # it measured hardness
        labels = [named.get(parent.key, "") for parent in step.parents["labels"]]  # at most one
        stored = store.read(key)
        found.append(
            LossCurve(
                payload.task.name,
                "".join(labels),
                payload.student,
                payload.method,
                payload.seed,
                payload.role,
                stored["losses"],
                stored.get("validation", np.empty((0, 3))),
                read_notes(store, key),
            )
        )
    return tuple(found)
