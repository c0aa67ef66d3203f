"""Curves: the loss of every fine-tuning of a plan, step by step, and what was noted of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from truing.studies._plan import Plan
from truing.studies._step import Step
from truing.studies._store import Store
from truing.studies.work import read_notes


@dataclass(frozen=True)
class Curve:
    """One fine-tuning.

    Attributes:
        task, weak, student, method: names; weak is empty where the truth was learned.
        seed: of the study.
        role: supervisor, student (those below it in a chain too) or ceiling.
        losses: (rows, 4): member, step from 1, loss of its batch, learning rate.
        notes: texts cut, batches halved, steps, examples a second, seconds.
    """

    task: str
    weak: str
    student: str
    method: str
    seed: int
    role: str
    losses: np.ndarray
    notes: dict[str, Any]


def make_curves(plan: Plan, store: Store) -> tuple[Curve, ...]:
    """The fine-tunings of a completed plan, supervisors before their students."""
    named: dict[str, str] = {}
    for line in plan.lines:
        named |= {step.key: line.weak for step in line.score.parents["weak"]}
    found = []
    for key, step in plan.steps.items():
        if not step.kind.startswith("finetune"):
            continue
        if key not in store:
            continue  # a rung that was needed once, and its student is there
        named.setdefault(key, step.payload["student"])
        found.append(
            Curve(
                step.payload["task"].name,
                _labeller(step, named),
                step.payload["student"],
                step.payload["method"],
                step.config["seed"],
                step.kind.removeprefix("finetune "),
                store.read(key)["losses"],
                read_notes(store, key),
            )
        )
    return tuple(found)


def _labeller(step: Step, named: dict[str, str]) -> str:
    labels = step.parents["labels"]
    return named.get(labels[0].key, labels[0].payload.get("student", "")) if labels else ""
