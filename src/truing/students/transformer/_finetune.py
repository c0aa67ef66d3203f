"""Fine-tuning: a transformer learns from targets that its method makes, step by step.

The rule of a method sees all learning items at once, as it does with heads: the student's latest
known belief about each stands in a table, which is even until an item was seen. A step refreshes
the rows of its batch by the forward pass, asks the rule for targets and weights of the whole table,
and descends on the batch's share of them. Ranks and shares (filters, curricula) so mean the same in
both regimes, and a stationary point of one is a stationary point of the other.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from math import cos, pi
from typing import Any

import numpy as np

from truing.errors import UserError
from truing.students._heads import Targets, checked
from truing.students.transformer._checkpoint import Checkpoint
from truing.students.transformer._device import pick_device, pick_dtype
from truing.students.transformer._exact import entropy, exact_arithmetic, seed_everything
from truing.students.transformer._model import Model, in_batches, load, read_items
from truing.students.transformer._order import batches_in_order
from truing.students.transformer._room import Room
from truing.students.transformer._settings import Settings
from truing.students.transformer._training_state import Arrays, Keep, gather, restore, trained
from truing.tasks import Task

WARMUP = 0.1  # share of the steps in which the rate rises
STEEPEST = 1.0  # norm to which a gradient is cut
WIDER = 4  # times the batch that prediction takes at once, since it keeps no gradients

Tell = Callable[[int, int, int], None]
"""Told after each step: steps done, steps in all, items that the step learned from."""


@dataclass(frozen=True)
class FineTuning:
    """What is fine-tuned, and from what.

    Attributes:
        checkpoint, settings: the student.
        task: its texts.
        learn: (n,) the items that it learns from.
        labels: (n, k) their labels: probabilities.
        masses: (M, n) weight of each item for each model, on top of what the rule gives. Several
            models are peers: they are trained in step, and the rule is shown the other's beliefs.
        targets: the method's rule.
        static: the rule looks neither at beliefs nor at progress.
        asked: (m,) items whose beliefs are wanted.
        key: all randomness is drawn from it.
        name: of the method, for messages.
    """

    checkpoint: Checkpoint
    settings: Settings
    task: Task
    learn: np.ndarray
    labels: np.ndarray
    masses: np.ndarray
    targets: Targets
    static: bool
    asked: np.ndarray
    key: str
    name: str


@dataclass(frozen=True)
class Tuned:
    """What came of it.

    Attributes:
        beliefs: (M, m, k) of each model about the items asked, float32.
        losses: (steps, M) mean loss of each step's batch.
        rates: (steps,) learning rates.
        cut: texts that were longer than the limit.
        halved: how often the batch was halved because memory ran out.
    """

    beliefs: np.ndarray
    losses: np.ndarray
    rates: np.ndarray
    cut: int
    halved: int


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


def _begin(work: FineTuning) -> _Training:
    import torch
    from accelerate import Accelerator

    settings, task = work.settings, work.task
    items = np.unique(np.concatenate([work.learn, work.asked]))
    learn, asked = np.searchsorted(items, work.learn), np.searchsorted(items, work.asked)
    rows, filler = read_items(work.checkpoint, settings, task, items)
    device = pick_device()
    half = pick_dtype(device) == torch.bfloat16
    accelerator = Accelerator(cpu=device == "cpu", mixed_precision="bf16" if half else "no")
    room = Room(settings.batch)
    models = []
    for member in range(len(work.masses)):
        seed_everything(work.key, f"initial weights {member}")
        models.append(load(work.checkpoint, settings, task, rows, filler, learn, accelerator, room))
    optimisers = [
        torch.optim.AdamW(trained(model), lr=0.0, weight_decay=settings.decay, fused=True)
        for model in models
    ]
    rng = np.random.default_rng(entropy(work.key, "order"))
    order = batches_in_order(rows.lengths[learn], settings.batch, settings.epochs, rng)
    return _Training(work, models, optimisers, order, learn, asked, accelerator, room)


@dataclass
class _Training:
    """A training under way; `at` steps are done."""

    work: FineTuning
    models: list[Model]
    optimisers: list[Any]
    order: list[np.ndarray]
    learn: np.ndarray
    asked: np.ndarray
    accelerator: Any
    room: Room
    at: int = 0
    losses: list[list[float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        import torch

        n, k = self.work.labels.shape
        self.weak = torch.from_numpy(self.work.labels.astype(np.float64))
        self.table = torch.full((len(self.models), n, k), 1 / k, dtype=torch.float64)
        self.fixed = self._ask_rule(self.weak, 1.0) if self.work.static else None

    @property
    def steps(self) -> int:
        """In all."""
        return len(self.order)

    def rate(self, at: int) -> float:
        """Learning rate of a step: a linear rise, then a cosine to zero (Loshchilov 2017)."""
        risen = min(1.0, (at + 1) / max(1, round(WARMUP * self.steps)))
        return self.work.settings.highest_rate * risen * 0.5 * (1 + cos(pi * at / self.steps))

    def step(self) -> None:
        """Learn from the next batch."""
        import torch

        items = self.order[self.at]
        held = self.table[:, items].clone()
        losses = self.room.within(partial(self._descend, items, held))
        for model, optimiser in zip(self.models, self.optimisers, strict=True):
            torch.nn.utils.clip_grad_norm_(trained(model), STEEPEST)
            for group in optimiser.param_groups:
                group["lr"] = self.rate(self.at)
            optimiser.step()
        self.losses.append(losses)
        self.at += 1

    def _descend(self, items: np.ndarray, held: Any, size: int) -> list[float]:
        """Gradients of a batch's loss, so many items at a time; returns each model's mean loss."""
        seed_everything(self.work.key, f"step {self.at}")
        self.table[:, items] = held
        for model, optimiser in zip(self.models, self.optimisers, strict=True):
            model.modules.train()
            optimiser.zero_grad(set_to_none=True)
        total = np.zeros(len(self.models))
        for start in range(0, len(items), size):
            part = items[start : start + size]
            logits = [model.logits(self.learn[part]) for model in self.models]
            self._refresh(part, logits)
            for number, model in enumerate(self.models):
                loss = self._loss(number, part, logits[number]) / len(items)
                self._check_finite(loss, items)
                share = len(part) / len(items)
                self.accelerator.backward(loss + share * model.penalty())
                total[number] += loss.item()
        return total.tolist()

    def _refresh(self, part: np.ndarray, logits: list[Any]) -> None:
        """Note what the students believe of some items now."""
        for number, one in enumerate(logits):
            self._check_finite(one, part)
            self.table[number, part] = one.detach().double().softmax(dim=1).cpu()

    def _loss(self, number: int, part: np.ndarray, logits: Any) -> Any:
        """Summed loss of some items, whose gradient by the logits is weight * (belief - target)."""
        import torch

        peer = number if len(self.models) == 1 else 1 - number
        made, weights = self.fixed or self._ask_rule(self.table[peer], self._progress)
        mass = weights[part] * self.work.masses[number][part]
        targets, mass = (
            torch.as_tensor(one, dtype=logits.dtype, device=logits.device)
            for one in (made[part], mass)
        )
        return (mass * (logits.logsumexp(dim=1) - (targets * logits).sum(dim=1))).sum()

    def _ask_rule(self, belief: Any, progress: float) -> tuple[np.ndarray, np.ndarray]:
        """What the method's rule returns for all learning items, checked."""
        import torch

        def call() -> tuple[np.ndarray, ...]:
            # Copies: a rule that writes into what it is shown spoils nothing.
            made = self.work.targets(self.weak.clone(), belief.clone(), progress)
            return tuple(torch.as_tensor(one).numpy() for one in made)

        return checked(self.work.name, tuple(self.weak.shape), call)

    @property
    def _progress(self) -> float:
        return self.at / (self.steps - 1) if self.steps > 1 else 1.0

    def _check_finite(self, values: Any, items: np.ndarray) -> None:
        import torch

        if not torch.isfinite(values).all():
            ids = ", ".join(self.work.task.ids[self.work.learn[item]] for item in items)
            raise UserError(
                f"{self.work.checkpoint.name}, method {self.work.name!r}: the loss is not a finite "
                f"number at step {self.at + 1} of {self.steps}; lower rate, or look at the items "
                f"of this batch: {ids}"
            )

    def state(self) -> Arrays:
        """All that is needed to go on from here."""
        return {
            "at": np.array(self.at),
            "table": self.table.numpy(),
            "losses": np.array(self.losses),
            "room": np.array([self.room.size, self.room.halved]),
            **gather(self.models, self.optimisers),
        }

    def go_on(self, arrays: Arrays) -> None:
        """Go on from a state."""
        import torch

        self.at = int(arrays["at"])
        self.table = torch.from_numpy(arrays["table"].copy())
        self.losses = arrays["losses"].tolist()
        self.room.size, self.room.halved = (int(one) for one in arrays["room"])
        restore(self.models, self.optimisers, arrays)

    def finish(self) -> Tuned:
        """Ask the trained models for the beliefs that are wanted, in batches of like length."""
        import torch

        wide = Room(WIDER * self.work.settings.batch)
        beliefs = []
        with torch.no_grad():
            for model in self.models:
                model.modules.eval()
                logits = in_batches(
                    lambda items, model=model: model.logits(self.asked[items]),
                    model.rows.lengths[self.asked],
                    wide,
                )
                beliefs.append(logits.double().softmax(dim=1).float().cpu().numpy())
        return Tuned(
            np.stack(beliefs),
            np.array(self.losses, np.float32).reshape(self.steps, -1),
            np.array([self.rate(at) for at in range(self.steps)], np.float32),
            self.models[0].rows.cut,
            self.room.halved + wide.halved,
        )
