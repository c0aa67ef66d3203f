"""Training: the steps of a fine-tuning, and the state from which an interrupted one goes on.

What a step draws is seeded by its number and the schedule is a function of it, so that neither has
a state of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from math import cos, pi
from typing import Any

import numpy as np

from truing.errors import UserError
from truing.students._heads import Targets
from truing.students.transformer._aims import Aim, Rule, loss
from truing.students.transformer._checkpoint import Checkpoint
from truing.students.transformer._device import Room, enough_memory, seed_everything
from truing.students.transformer._model import Model, in_batches
from truing.students.transformer._settings import Settings
from truing.tasks import Task

WARMUP = 0.1  # share of the steps in which the rate rises
STEEPEST = 1.0  # norm to which a gradient is cut
WIDER = 4  # times the batch that prediction takes at once, since it keeps no gradients

Arrays = dict[str, np.ndarray]


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
        chance: all randomness is drawn from it.
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
    chance: str
    name: str


@dataclass(frozen=True)
class Tuned:
    """What came of it.

    Attributes:
        beliefs: (M, m, k) of each model about the items asked, float32.
        losses: (steps, M) mean loss of each step's batch.
        rates: (steps,) learning rates.
        cut: texts that were longer than `max_length`.
        halved: how often the batch was halved because memory ran out.
    """

    beliefs: np.ndarray
    losses: np.ndarray
    rates: np.ndarray
    cut: int
    halved: int


@dataclass
class TrainingLoop:
    """A training under way; `at` steps are done."""

    work: FineTuning
    rule: Rule
    models: list[Model]
    optimisers: list[Any]
    order: list[np.ndarray]
    learn: np.ndarray
    asked: np.ndarray
    accelerator: Any
    room: Room
    at: int = 0
    losses: list[list[float]] = field(default_factory=list)

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
        losses = self.room.within(partial(self._descend, items))
        for model, optimiser in zip(self.models, self.optimisers, strict=True):
            norm = torch.nn.utils.clip_grad_norm_(trained(model), STEEPEST)
            self._check_finite(norm, items)  # else the next batch would be blamed for the weights
            for group in optimiser.param_groups:
                group["lr"] = self.rate(self.at)
            with enough_memory():
                optimiser.step()
        self.losses.append(losses)
        self.at += 1

    def _descend(self, items: np.ndarray, size: int) -> list[float]:
        """Gradients of a batch's loss, so many items at a time; returns each model's mean loss."""
        for model, optimiser in zip(self.models, self.optimisers, strict=True):
            model.modules.train()
            optimiser.zero_grad(set_to_none=True)
        parts = np.split(np.arange(len(items)), range(size, len(items), size))
        aims = self._aims(items, parts) if len(parts) > 1 else None
        total = np.zeros(len(self.models))
        for at, part in enumerate(parts):
            logits = self._logits(items, part, at)
            aims = aims or self.rule.aims(items, logits, self._progress)
            for number, model in enumerate(self.models):
                aim = (one[part] for one in aims[number])
                mean = loss(logits[number], *aim) / len(items)
                self._check_finite(mean, items)
                share = len(part) / len(items)
                self.accelerator.backward(mean + share * model.penalty())
                total[number] += mean.item()
        return total.tolist()

    def _logits(self, items: np.ndarray, part: np.ndarray, at: int) -> list[Any]:
        """Each model's logits of a part of a batch; asked again, they are the same."""
        seed_everything(self.work.chance, f"step {self.at} part {at}")
        logits = [model.logits(self.learn[items[part]]) for model in self.models]
        for one in logits:
            self._check_finite(one, items)
        return logits

    def _aims(self, items: np.ndarray, parts: list[np.ndarray]) -> list[Aim]:
        """Aims of a batch that does not fit into memory at once: it is read beforehand."""
        import torch

        read: list[Any] = []
        if not self.rule.static:
            with torch.no_grad():
                found = [self._logits(items, part, at) for at, part in enumerate(parts)]
            read = [torch.cat(one) for one in zip(*found, strict=True)]
        return self.rule.aims(items, read, self._progress)

    @property
    def _progress(self) -> float:
        return self.at / (self.steps - 1) if self.steps > 1 else 1.0

    def _check_finite(self, values: Any, items: np.ndarray) -> None:
        """Raise UserError where a batch led to what is no number."""
        import torch

        if torch.isfinite(values).all():
            return
        ids = ", ".join(self.work.task.ids[self.work.learn[item]] for item in items)
        step = min(self.at + 1, self.steps)
        raise UserError(
            f"hf/{self.work.checkpoint.name}, method {self.work.name!r}: the loss is not a finite "
            f"number at step {step} of {self.steps}; lower rate, or look at the items of this "
            f"batch: {ids}"
        )

    def state(self) -> Arrays:
        """All that is needed to go on from here."""
        return {
            "at": np.array(self.at),
            "losses": np.array(self.losses),
            "room": np.array([self.room.size, self.room.halved]),
            **gather(self.models, self.optimisers),
        }

    def go_on(self, arrays: Arrays) -> None:
        """Go on from a state."""
        self.at = int(arrays["at"])
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

                def ask(chosen: np.ndarray, model: Model = model) -> Any:
                    return model.logits(self.asked[chosen])

                logits = in_batches(ask, model.items.lengths[self.asked], wide)
                # The last step's weights were in no loss.
                self._check_finite(logits, self.order[-1])
                beliefs.append(logits.double().softmax(dim=1).float().cpu().numpy())
        return Tuned(
            np.stack(beliefs),
            np.array(self.losses, np.float32).reshape(self.steps, -1),
            np.array([self.rate(at) for at in range(self.steps)], np.float32),
            self.models[0].items.cut,
            self.room.halved + wide.halved,
        )


def gather(models: Sequence[Any], optimisers: Sequence[Any]) -> Arrays:
    """Trained parameters and the optimisers' moments of each model."""
    found: Arrays = {}
    for number, (model, optimiser) in enumerate(zip(models, optimisers, strict=True)):
        moments = optimiser.state_dict()["state"]
        for at, parameter in enumerate(trained(model)):
            found[f"{number} {at} parameter"] = parameter.detach().cpu().numpy()
            for name, tensor in moments.get(at, {}).items():
                found[f"{number} {at} {name}"] = tensor.detach().cpu().numpy()
    return found


def restore(models: Sequence[Any], optimisers: Sequence[Any], arrays: Mapping[str, Any]) -> None:
    """Put models and optimisers where `gather` found them."""
    import torch

    for number, (model, optimiser) in enumerate(zip(models, optimisers, strict=True)):
        moments: dict[int, dict[str, Any]] = {}
        for name, array in arrays.items():
            owner, _, rest = name.partition(" ")
            place, _, what = rest.partition(" ")
            if what and owner == str(number) and what != "parameter":
                moments.setdefault(int(place), {})[what] = torch.from_numpy(array.copy())
        with torch.no_grad():
            for at, parameter in enumerate(trained(model)):
                parameter.copy_(torch.from_numpy(arrays[f"{number} {at} parameter"].copy()))
        groups = optimiser.state_dict()["param_groups"]
        optimiser.load_state_dict({"state": moments, "param_groups": groups})


def trained(model: Any) -> list[Any]:
    """The parameters of a model that are trained, in their order."""
    return [one for one in model.modules.parameters() if one.requires_grad]
