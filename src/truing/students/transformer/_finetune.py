"""Fine-tuning: a transformer learns from targets that its method makes, step by step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np

from truing.students.transformer._aims import Rule
from truing.students.transformer._device import (
    Room,
    enough_memory,
    entropy,
    exact_arithmetic,
    pick_device,
    pick_dtype,
    seed_everything,
)
from truing.students.transformer._encoding import batches_in_order
from truing.students.transformer._items import encode_items
from truing.students.transformer._model import load
from truing.students.transformer._training import Arrays, FineTuning, TrainingLoop, Tuned, trained

Tell = Callable[[int, int, int], None]
"""Told after each step: steps done, steps in all, items that the step learned from."""


class Keep(Protocol):
    """Where the state of one training is kept while it is under way."""

    def load(self) -> Arrays | None:
        """What was saved last, or None where the training begins."""
        ...

    def due(self) -> bool:
        """Whether it is time to save again."""
        ...

    def save(self, arrays: Arrays) -> None:
        """Put this in the place of what was saved, as a whole or not at all."""
        ...


def finetune(work: FineTuning, keep: Keep, tell: Tell) -> Tuned:
    """Train, from where the last attempt was interrupted, and ask for beliefs at the end.

    Raises:
        UserError: items that the checkpoint cannot read, a loss that is not finite, too little
            memory.
        MethodError: the method broke its contract.
    """
    with exact_arithmetic():
        training = _begin(work)
        held = keep.load()
        if held is not None:
            training.go_on(held)
        while training.at < training.steps:
            training.step()
            tell(training.at, training.steps, len(training.order[training.at - 1]))
            if keep.due():
                keep.save(training.state())
        return training.finish()


def _begin(work: FineTuning) -> TrainingLoop:
    import torch
    from accelerate import Accelerator

    settings, task = work.settings, work.task
    items = np.unique(np.concatenate([work.learn, work.asked]))
    learn, asked = np.searchsorted(items, work.learn), np.searchsorted(items, work.asked)
    encoded = encode_items(work.checkpoint, settings, task, items)
    device = pick_device()
    half = pick_dtype(device) == torch.bfloat16
    accelerator = Accelerator(cpu=device == "cpu", mixed_precision="bf16" if half else "no")
    absent = None if task.absent is None else task.absent[work.learn]
    rule = Rule(work.targets, work.static, work.name, work.labels, work.masses, absent)
    room = Room(settings.batch)
    models = []
    for member in range(len(work.masses)):
        seed_everything(work.chance, f"initial weights {member}")
        with enough_memory():
            one = load(work.checkpoint, settings, task, encoded, learn, accelerator, room)
        models.append(one)
    optimisers = [
        torch.optim.AdamW(trained(model), lr=0.0, weight_decay=settings.decay, fused=True)
        for model in models
    ]
    rng = np.random.default_rng(entropy(work.chance, "order"))
    order = batches_in_order(encoded.lengths[learn], settings.batch, settings.epochs, rng)
    return TrainingLoop(work, rule, models, optimisers, order, learn, asked, accelerator, room)
