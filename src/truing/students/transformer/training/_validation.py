"""Validation: items that are kept out of a fine-tuning, and early stopping by the loss on them.

A share of the learning items, in whole clusters, is not learned. At regular steps the cross entropy
of the model's beliefs with the labels of these items is computed, and the weights with the lowest
loss are kept. The labels are those that the model learns: weak labels of a student, ground truth of
a supervisor or a ceiling. No other label is read. The number of steps and the schedule of the
learning rate do not change.

EleutherAI's w2s (github.com/EleutherAI/w2s, 2024) stops in this way: `load_best_model_at_end` on
500 further items with weak labels, evaluated every 100 steps. Its criterion is AUROC with the weak
labels thresholded at 0.5; here it is the cross entropy, which any number of classes has.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from truing.errors import DataError
from truing.seeding import seeded
from truing.students.transformer.checkpoints import Room
from truing.students.transformer.training._aims import loss

EVALUATIONS = 10  # number of steps, evenly spaced and the last included, after which to evaluate


@dataclass(frozen=True)
class Validation:
    """Items that are kept out of training, with their labels.

    Attributes:
        items: (v,) indices of the items.
        labels: (v, k) labels that the model would learn, as given: no method changed them.
    """

    items: np.ndarray
    labels: np.ndarray


def validation_items(clusters: np.ndarray, share: float, chance: str, where: str) -> np.ndarray:
    """Which learning items (n,) are kept out of training: whole clusters, in random order.

    A cluster is kept out if the items that are kept out stay at most `share` of all.

    Args:
        clusters: (n,) clusters of the learning items.
        share: largest share of the items that is kept out; 0 keeps out none.
        chance: seed of the random order, the same for all methods and students.
        where: what contains the items, for the message.

    Raises:
        DataError: every cluster has more items than the share.

    Examples:
        >>> import numpy as np
        >>> from truing.students.transformer import validation_items
        >>> kept_out = validation_items(np.arange(20) // 2, 0.3, "seed", "the learn split")
        >>> int(kept_out.sum()), bool((kept_out[::2] == kept_out[1::2]).all())
        (6, True)
    """
    if not share:
        return np.zeros(len(clusters), bool)
    _, cluster, sizes = np.unique(clusters, return_inverse=True, return_counts=True)
    left, chosen = round(share * len(clusters)), np.zeros(len(sizes), bool)
    for one in seeded(f"{chance} validation").permutation(len(sizes)):
        if sizes[one] <= left:
            chosen[one] = True
            left -= sizes[one]
    if not chosen.any():
        items, smallest = len(clusters), int(sizes.min())
        raise DataError(
            f"validation={share:g} keeps {round(share * items)} of {items} items out, fewer than "
            f"the {smallest} of the smallest cluster of {where}; raise validation (at most 0.5), "
            "or add items of other clusters"
        )
    return chosen[cluster]


@dataclass
class EarlyStopping:
    """Validation losses of models in training, and the weights with each model's lowest loss.

    Attributes:
        labels: (v, k) labels of the validation items.
        positions: (v,) positions of these items among the encoded items.
        steps: number of steps of the training.
        room: number of validation items that fit into memory at a time.
        losses: losses of each model by evaluation.
        best: for each model the weights with the lowest loss, on the CPU.
    """

    labels: np.ndarray
    positions: np.ndarray
    steps: int
    room: Room
    losses: list[list[float]] = field(default_factory=list)
    best: dict[int, list[np.ndarray]] = field(default_factory=dict)

    @property
    def marks(self) -> list[int]:
        """Numbers of completed steps after which the models are evaluated."""
        return sorted({-(-self.steps * one // EVALUATIONS) for one in range(1, EVALUATIONS + 1)})

    def due(self, at: int) -> bool:
        """Whether the models are evaluated after so many steps."""
        return at in self.marks

    def add(self, logits: Sequence[Any], weights: Sequence[Sequence[Any]]) -> None:
        """Add an evaluation.

        Args:
            logits: (v, k) logits of each model about the validation items.
            weights: trained parameters of each model.
        """
        every = np.ones(len(self.labels))
        found = [loss(one.double(), self.labels, every).item() / len(every) for one in logits]
        for number, parameters in enumerate(weights):
            if all(found[number] < earlier[number] for earlier in self.losses):
                # A copy: on a CPU, `numpy` shares the memory that training changes.
                self.best[number] = [one.detach().cpu().numpy().copy() for one in parameters]
        self.losses.append(found)

    def restore(self, weights: Sequence[Sequence[Any]]) -> None:
        """Set the trained parameters of each model to those with its lowest loss."""
        import torch

        with torch.no_grad():
            for number, parameters in enumerate(weights):
                for parameter, array in zip(parameters, self.best[number], strict=True):
                    parameter.copy_(torch.from_numpy(array))

    @property
    def curve(self) -> np.ndarray:
        """(E, 1 + M): number of completed steps, and the validation loss of each model."""
        return np.column_stack([self.marks, self.losses])

    def state(self) -> dict[str, np.ndarray]:
        """State from which `go_on` resumes."""
        return {
            "validation losses": np.array(self.losses),
            "validation room": np.array([self.room.size, self.room.halved]),
            **{
                f"best {number} {at}": array
                for number, arrays in self.best.items()
                for at, array in enumerate(arrays)
            },
        }

    def go_on(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Resume from a state."""
        self.losses = arrays["validation losses"].tolist()
        self.room.size, self.room.halved = (int(one) for one in arrays["validation room"])
        kept = [name.split(" ")[1:] for name in arrays if name.startswith("best ")]
        for number, at in sorted((int(number), int(at)) for number, at in kept):
            self.best.setdefault(number, []).append(arrays[f"best {number} {at}"].copy())
