"""Plan a fine-tuning: what it needs, what its result depends on, and which items are asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from truing.errors import UserError
from truing.methods import Method
from truing.registry import Built
from truing.students import TransformerStudent
from truing.students.transformer import TrainingMemory, Transformer, validation_items
from truing.studies._step import Resources, Step
from truing.studies.work._code import TRAIN_LIBRARIES, chance, code_version, digest
from truing.studies.work._finetune import FinetunePayload, run_finetune
from truing.studies.work._given import Given, OtherTask, Role, others_config
from truing.tasks import Source, Splits, Task


def finetune_step(
    source: Source,
    student: TransformerStudent,
    method: Built[Method],
    seed: int,
    features: tuple[Step, ...],
    given: Given,
    sealed: bool = False,
    chosen: tuple[Step, ...] = (),
    others: Sequence[OtherTask] = (),
) -> Step:
    """Plan a fine-tuning.

    Args:
        source: the task and its vault.
        student: the transformer.
        method: the method.
        seed: seed of the splits.
        features: the extraction of the checkpoint's activations, for a method with a preparation.
        given: the labels, which also determine the learning items.
        sealed: also compute beliefs about the sealed split, for a referee.
        chosen: the choice of the learning rate, for `learning_rate=auto`.
        others: other tasks about whose items the model is asked.

    Raises:
        DataError: the smallest cluster is larger than the share that `validation` keeps out.
        UserError: an item of another task has more choices than the items of the task.
    """
    _check_choices(source.task, student, [other.task for other in others])
    task, splits, transformer = source.task, source.splits(seed), student.transformer
    items = given.items(splits)
    truth = given.truth(source.vault, items)
    seeded = chance(source, items, seed)
    payload = FinetunePayload(
        task=task,
        role=given.role,
        student=student.label,
        checkpoint=transformer.checkpoint.digest,
        items=items,
        asked=_asked_items(splits, given.role, method, sealed),
        clusters=task.clusters[items],
        classes=len(task.choices),
        kept_out=_kept_out(task, items, given.role, transformer, seeded),
        method=method.label,
        identity=method.identity,
        seed=seed,
        chance=seeded,
        memory=transformer.training_memory(task, models=2 if method.value.peers else 1),
        others=tuple(others),
    )
    config = _config(payload, transformer, source.vault.digest(items) if truth else None)
    parents = {"features": features, "labels": given.parents, "learning_rate": chosen}
    resources = _resources(transformer.gpus, payload.memory)
    step = Step(f"finetune {given.role}", config, parents, payload, truth, resources=resources)
    return replace(step, group=step.key)  # a separate batch


def _config(
    payload: FinetunePayload, transformer: Transformer, truth: str | None
) -> dict[str, Any]:
    """What the result depends on, besides the results of other steps."""
    return {
        "task": payload.task.fingerprint,
        "checkpoint": payload.checkpoint,
        "settings": transformer.settings.identity,
        "method": payload.identity,
        "seed": payload.seed,
        "items": digest(payload.items),
        "asked": digest(payload.asked),
        "truth": truth,
        "code": code_version(finetune_step, run_finetune, libraries=_libraries(transformer)),
        **others_config(payload.others),
    }


def _check_choices(task: Task, student: TransformerStudent, others: Sequence[Task]) -> None:
    """Raise UserError if an item of another task has more choices than the items of the task."""
    for other in others:
        if len(other.choices) > len(task.choices):
            raise UserError(
                f"{student.label} learns {task.name}, whose items have up to {len(task.choices)} "
                f"choices, so it cannot be asked about {other.name}, whose items have up to "
                f"{len(other.choices)}; use a head on activations, or leave out the task"
            )


def _libraries(transformer: Transformer) -> tuple[str, ...]:
    """Libraries whose versions determine the result."""
    eight_bits = transformer.settings.optimizer == "adamw8bit"
    return (*TRAIN_LIBRARIES, *["torchao"] * eight_bits)


def _resources(gpus: int, memory: TrainingMemory) -> Resources:
    """Resources of a training: GPUs do not use main memory, except to load the weights."""
    needed = memory.weights + memory.base if gpus else memory.total
    return Resources(gpus=gpus, memory=int(needed))


def _kept_out(
    task: Task, items: np.ndarray, role: Role, transformer: Transformer, seeded: str
) -> np.ndarray:
    """(n,) which learning items are kept out of training, for validation."""
    split = "supervise" if role == "supervisor" else "learn"
    share, where = transformer.settings.validation_share, f"the {split} split of {task.name}"
    return validation_items(task.clusters[items], share, seeded, where)


def _asked_items(splits: Splits, role: Role, method: Built[Method], sealed: bool) -> np.ndarray:
    """(m,) indices of the items whose beliefs are computed.

    Models that may label for another model also need beliefs about the learn split: supervisors,
    and naive students, which may be rungs of a chain.
    """
    labels = role == "supervisor" or (role == "student" and method.label == "naive")
    more = [splits.learn] * labels + [splits.sealed] * sealed
    return np.concatenate([*more, splits.scored])
