"""Fine-tuning: train a transformer on the targets that its method makes at each step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np

from truing.seeding import seeded
from truing.students._heads import on_present_choices
from truing.students.transformer.checkpoints import (
    Room,
    batches_in_order,
    enough_memory,
    exact_arithmetic,
    pick_device,
    pick_dtype,
    seed_everything,
)
from truing.students.transformer.training._aims import Rule
from truing.students.transformer.training._items import encode_items
from truing.students.transformer.training._model import Model, load
from truing.students.transformer.training._optimizers import make_optimizer
from truing.students.transformer.training._training import (
    FineTuning,
    TrainingLoop,
    Tuned,
    wide_room,
)
from truing.students.transformer.training._training_state import Arrays, trained
from truing.students.transformer.training._validation import EarlyStopping

Report = Callable[[int, int, int], None]
"""Called after each step with: steps done, total steps, number of items of the step."""

Take = Callable[[Sequence[Model]], None]
"""Receives the trained models of a training."""


class Keep(Protocol):
    """Storage for the state of a training in progress."""

    def load(self) -> Arrays | None:
        """The last saved state, or None for a new training."""
        ...

    def due(self) -> bool:
        """Whether enough time has passed to save again."""
        ...

    def save(self, arrays: Arrays) -> None:
        """Replace the saved state atomically."""
        ...


def finetune(work: FineTuning, keep: Keep, report: Report, take: Take | None = None) -> Tuned:
    """Train from the last saved state, if any, and compute beliefs at the end.

    Args:
        work: the training.
        keep: storage for its state.
        report: called after each step.
        take: receives the trained models.

    Raises:
        UserError: items that the checkpoint cannot read, a loss that is not finite, or too little
            memory.
        MethodError: the method broke its contract.
    """
    with exact_arithmetic():
        training = _begin(work)
        saved = keep.load()
        if saved is not None:
            training.go_on(saved)
        while training.at < training.steps:
            training.step()
            report(training.at, training.steps, len(training.order[training.at - 1]))
            if keep.due():
                keep.save(training.state())
        tuned = training.finish()
        if take is not None:
            take(training.models)
        return tuned


def _begin(work: FineTuning) -> TrainingLoop:
    import torch
    from accelerate import Accelerator

    settings, task = work.settings, work.task
    others = [work.asked, work.elsewhere, *([work.validation.items] if work.validation else [])]
    items = np.unique(np.concatenate([work.learn, *others]))
    learn, asked, elsewhere = (
        np.searchsorted(items, some) for some in (work.learn, work.asked, work.elsewhere)
    )
    encoded = encode_items(work.checkpoint, settings, task, items)
    device = pick_device()
    half = pick_dtype(device) == torch.bfloat16
    accelerator = Accelerator(cpu=device == "cpu", mixed_precision="bf16" if half else "no")
    absent = None if task.absent is None else task.absent[work.learn]
    rule = Rule(work.targets, work.static, work.name, work.labels, work.masses, absent)
    room = Room(settings.batch_size, max_tokens=settings.max_tokens)
    models = []
    for member in range(len(work.masses)):
        seed_everything(work.chance, f"initial weights {member}")
        with enough_memory():
            model = load(work.checkpoint, settings, task, encoded, learn, accelerator, room)
        models.append(model)
    optimizers = [make_optimizer(trained(model), settings) for model in models]
    rng = seeded(f"{work.chance} order")
    order = batches_in_order(encoded.lengths[learn], settings.batch_size, settings.num_epochs, rng)
    stopping = _stopping(work, items, len(order))
    return TrainingLoop(
        work, rule, models, optimizers, order, learn, asked, elsewhere, accelerator, room, stopping
    )


def _stopping(work: FineTuning, items: np.ndarray, steps: int) -> EarlyStopping | None:
    """Early stopping on the validation items among the encoded items; None without them."""
    if work.validation is None:
        return None
    chosen, labels = work.validation.items, work.validation.labels
    absent = None if work.task.absent is None else work.task.absent[chosen]
    labels = on_present_choices(labels, absent)
    room = wide_room(work.settings)
    return EarlyStopping(labels, np.searchsorted(items, chosen), steps, room)
