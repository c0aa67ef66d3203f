"""Training: the steps of a fine-tuning, and the state from which it resumes.

The random numbers and the learning rate of a step depend only on its number, so that they need no
state.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from math import cos, pi
from typing import Any

import numpy as np

from truing.errors import UserError
from truing.students._heads import Targets, check_some_weight
from truing.students.transformer.checkpoints import Checkpoint, Room, enough_memory, seed_everything
from truing.students.transformer.training._aims import Aim, Rule, loss
from truing.students.transformer.training._model import Model, in_batches
from truing.students.transformer.training._optimizers import take_step
from truing.students.transformer.training._parts import cut_parts
from truing.students.transformer.training._settings import Settings
from truing.students.transformer.training._training_state import Arrays, gather, restore, trained
from truing.students.transformer.training._validation import EarlyStopping, Validation
from truing.tasks import Task

WARMUP = 0.1  # share of the steps with increasing learning rate
MAX_NORM = 1.0  # norm to which gradients are clipped
WIDER = 4  # ratio of the batch size in prediction, which stores no gradients, to that in training


@dataclass(frozen=True)
class FineTuning:
    """Inputs of a fine-tuning.

    Attributes:
        checkpoint, settings: the student.
        task: the task with the texts.
        learn: (n,) indices of the learning items.
        labels: (n, k) labels of the learning items: probabilities.
        masses: (M, n) factor of each item's weight for each model, multiplied with the rule's. Two
            models are peers: they are trained in parallel, and the rule receives the beliefs of the
            other model.
        targets: the method's rule.
        static: the rule uses neither beliefs nor progress.
        asked: (m,) indices of the items whose beliefs are computed after training.
        chance: seed of all randomness.
        name: name of the method, for messages.
        validation: items that are kept out of training; None without early stopping.
        elsewhere: (o,) indices of items that are read after `asked`, apart from them.
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
    chance: str
    name: str
    validation: Validation | None = None
    elsewhere: np.ndarray = field(default_factory=lambda: np.arange(0))


@dataclass(frozen=True)
class Tuned:
    """Results of a fine-tuning.

    Attributes:
        beliefs: (M, m, k) beliefs of each model about `asked`, float32.
        losses: (steps, M) mean loss of each step's batch.
        rates: (steps,) learning rates.
        cut: number of texts that were longer than `max_length`.
        halved: number of times that the batch was halved because memory ran out.
        validation: (E, 1 + M) at each evaluation the number of completed steps, and the validation
            loss of each model; (0, 1 + M) without validation.
        elsewhere: (M, o, k) beliefs of each model about `elsewhere`, float32.
    """

    beliefs: np.ndarray
    losses: np.ndarray
    rates: np.ndarray
    cut: int
    halved: int
    validation: np.ndarray
    elsewhere: np.ndarray


@dataclass
class TrainingLoop:
    """A training in progress; `at` is the number of completed steps."""

    work: FineTuning
    rule: Rule
    models: list[Model]
    optimizers: list[Any]
    order: list[np.ndarray]
    learn: np.ndarray
    asked: np.ndarray
    elsewhere: np.ndarray
    accelerator: Any
    room: Room
    stopping: EarlyStopping | None = None
    at: int = 0
    losses: list[list[float]] = field(default_factory=list)

    @property
    def steps(self) -> int:
        """Total number of steps."""
        return len(self.order)

    def learning_rate(self, at: int) -> float:
        """Learning rate of a step: linear warm-up and cosine decay to zero (Loshchilov 2017)."""
        warmup = min(1.0, (at + 1) / max(1, round(WARMUP * self.steps)))
        return (
            self.work.settings.peak_learning_rate * warmup * 0.5 * (1 + cos(pi * at / self.steps))
        )

    def step(self) -> None:
        """Train on the next batch."""
        import torch

        items = self.order[self.at]
        losses = self.room.within(partial(self._descend, items))
        for model, optimizer in zip(self.models, self.optimizers, strict=True):
            norm = torch.nn.utils.clip_grad_norm_(trained(model), MAX_NORM)
            self._check_finite(norm, items)  # otherwise the error would name the next batch
            with enough_memory():
                take_step(optimizer, self.learning_rate(self.at))
        self.losses.append(losses)
        self.at += 1
        self._validate()

    def _validate(self) -> None:
        """Evaluate the models on the validation items, if they are due."""
        if self.stopping is None or not self.stopping.due(self.at):
            return
        logits = self._read(self.stopping.positions, self.stopping.room)
        self.stopping.add(logits, [trained(model) for model in self.models])

    def _descend(self, items: np.ndarray, size: int) -> list[float]:
        """Accumulate a batch's gradients, at most `size` items at a time; return each mean loss."""
        for model, optimizer in zip(self.models, self.optimizers, strict=True):
            model.modules.train()
            optimizer.zero_grad(set_to_none=True)
        encoded, chosen = self.models[0].items, self.learn[items]
        lengths, counts = encoded.lengths[chosen], encoded.counts[chosen]
        parts = cut_parts(lengths, counts, size, self.room.tokens)
        aims = self._aims(items, parts) if len(parts) > 1 else None
        total = np.zeros(len(self.models))
        for at, part in enumerate(parts):
            logits = self._logits(items, part, at)
            aims = aims or self.rule.aims(items, logits, self._progress)
            for number, model in enumerate(self.models):
                targets, weights = aims[number]
                mean = loss(logits[number], targets[part], weights[part]) / len(items)
                self._check_finite(mean, items)
                share = len(part) / len(items)
                self.accelerator.backward(mean + share * model.penalty())
                total[number] += mean.item()
        return total.tolist()

    def _logits(self, items: np.ndarray, part: np.ndarray, at: int) -> list[Any]:
        """Each model's logits of a part of a batch; repeated calls give the same logits."""
        seed_everything(self.work.chance, f"step {self.at} part {at}")
        logits = [model.logits(self.learn[items[part]]) for model in self.models]
        for each in logits:
            self._check_finite(each, items)
        return logits

    def _aims(self, items: np.ndarray, parts: list[np.ndarray]) -> list[Aim]:
        """Aims of a batch that does not fit into memory at once, from a separate forward pass."""
        import torch

        read: list[Any] = []
        if not self.rule.static:
            with torch.no_grad():
                found = [self._logits(items, part, at) for at, part in enumerate(parts)]
            read = [torch.cat(parts_of_model) for parts_of_model in zip(*found, strict=True)]
        return self.rule.aims(items, read, self._progress)

    @property
    def _progress(self) -> float:
        return self.at / (self.steps - 1) if self.steps > 1 else 1.0

    def _check_finite(self, values: Any, items: np.ndarray) -> None:
        """Raise UserError if values of a batch are not finite."""
        import torch

        if torch.isfinite(values).all():
            return
        ids = ", ".join(self.work.task.ids[self.work.learn[item]] for item in items)
        step = min(self.at + 1, self.steps)
        raise UserError(
            f"hf/{self.work.checkpoint.name}, method {self.work.name!r}: the loss is not a finite "
            f"number at step {step} of {self.steps}; lower learning_rate, or check the items of "
            f"this batch: {ids}"
        )

    def state(self) -> Arrays:
        """State from which the training can resume."""
        return {
            "at": np.array(self.at),
            "losses": np.array(self.losses),
            "room": np.array([self.room.size, self.room.halved]),
            **gather(self.models, self.optimizers),
            **(self.stopping.state() if self.stopping else {}),
        }

    def go_on(self, arrays: Arrays) -> None:
        """Resume from a state."""
        self.at = int(arrays["at"])
        self.losses = arrays["losses"].tolist()
        self.room.size, self.room.halved = (int(number) for number in arrays["room"])
        restore(self.models, self.optimizers, arrays)
        if self.stopping:
            self.stopping.go_on(arrays)

    def finish(self) -> Tuned:
        """Compute the trained models' beliefs about `asked`, in batches of similar length."""
        if self.stopping:
            self.stopping.restore([trained(model) for model in self.models])
        wide = wide_room(self.work.settings)
        beliefs = self._beliefs(self.asked, wide)
        elsewhere = np.zeros((len(self.models), 0, beliefs.shape[2]), np.float32)
        if len(self.elsewhere):
            elsewhere = self._beliefs(self.elsewhere, wide)
        losses = np.array(self.losses, np.float32).reshape(self.steps, -1)
        check_some_weight(self.work.name, losses)  # the loss of items with weight 0 is 0
        return Tuned(
            beliefs,
            losses,
            np.array([self.learning_rate(at) for at in range(self.steps)], np.float32),
            self.models[0].items.cut,
            self.room.halved + wide.halved + (self.stopping.room.halved if self.stopping else 0),
            self.stopping.curve if self.stopping else np.empty((0, 1 + len(self.models))),
            elsewhere,
        )

    def _beliefs(self, positions: np.ndarray, room: Room) -> np.ndarray:
        """(M, m, k) beliefs of the models about encoded items, float32."""
        found = self._read(positions, room)
        each = [logits.double().softmax(dim=1).float().cpu().numpy() for logits in found]
        return np.stack(each)

    def _read(self, positions: np.ndarray, room: Room) -> list[Any]:
        """Each model's logits of encoded items, in batches of similar length."""
        import torch

        found = []
        with torch.no_grad():
            for model in self.models:
                model.modules.eval()

                def compute(chosen: np.ndarray, model: Model = model) -> Any:
                    return model.logits(positions[chosen])

                lengths, counts = model.items.lengths[positions], model.items.counts[positions]
                logits = in_batches(compute, lengths, room, counts)
                # The weights after the last step were not checked by any loss.
                self._check_finite(logits, self.order[self.at - 1])
                found.append(logits)
        return found


def wide_room(settings: Settings) -> Room:
    """Number of items that are predicted at a time."""
    return Room(WIDER * settings.batch_size, max_tokens=WIDER * settings.max_tokens)
