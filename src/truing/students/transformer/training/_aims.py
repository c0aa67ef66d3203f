"""Aims: targets and weights of a batch by a method's rule, and the loss for these targets.

A rule receives the items of a batch with the student's beliefs at this step. A rule that uses no
beliefs is called once, for all learning items. So thresholds, ranks and shares refer to a batch, as
in Burns et al. 2023 (appendix A.4) and Han et al. 2018. Beliefs of different steps are never
ranked together: the student changes during training, so that all items of the current batch could
rank above, or below, items whose beliefs are an epoch old.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from truing.students._heads import Targets, checked, on_present_choices

Aim = tuple[np.ndarray, np.ndarray]
"""Targets (batch, k) and weights (batch,) of one model."""


@dataclass
class Rule:
    """A method's rule with the labels of the learning items.

    Attributes:
        targets: the rule.
        static: the rule uses neither beliefs nor progress.
        name: name of the method, for messages.
        labels: (n, k) labels of the learning items.
        masses: (M, n) factor of each item's weight for each model, multiplied with the rule's.
        absent: (n, k) True where an item lacks a choice; None if every item has all k choices.
    """

    targets: Targets
    static: bool
    name: str
    labels: np.ndarray
    masses: np.ndarray
    absent: np.ndarray | None = None

    def __post_init__(self) -> None:
        every = np.arange(len(self.labels))
        self.fixed = self._call(every, self.labels, 1.0) if self.static else None

    def aims(self, items: np.ndarray, logits: Sequence[Any], progress: float) -> list[Aim]:
        """Targets and weights of some items for each model.

        Args:
            items: positions of the items among the learning items.
            logits: logits of each model; unused by a static rule. Each of two peers receives the
                aims that the rule makes from the other's beliefs.
            progress: from 0 at the first step to 1 at the last.

        Raises:
            MethodError: the rule broke its contract.
        """
        if self.fixed:
            targets, weights = self.fixed
            made = [(targets[items], weights[items])] * len(self.masses)
        else:
            beliefs = [each.detach().double().softmax(dim=1).cpu().numpy() for each in logits]
            made = [self._call(items, belief, progress) for belief in beliefs[::-1]]
        masses = self.masses[:, items]
        return [
            (targets, weights * mass) for (targets, weights), mass in zip(made, masses, strict=True)
        ]

    def _call(self, items: np.ndarray, belief: np.ndarray, progress: float) -> Aim:
        import torch

        weak = self.labels[items]

        def call() -> Aim:
            # Copies, so that a rule may write into its arguments.
            copies = [torch.tensor(array, dtype=torch.float64) for array in (weak, belief)]
            made = self.targets(copies[0], copies[1], progress)
            targets, weights = (torch.as_tensor(array).numpy() for array in made)
            return targets, weights

        targets, weights = checked(self.name, weak.shape, call)
        absent = None if self.absent is None else self.absent[items]
        return on_present_choices(targets, absent), weights


def loss(logits: Any, targets: np.ndarray, weights: np.ndarray) -> Any:
    """Summed loss; its gradient with respect to the logits is weight * (belief - target)."""
    import torch

    aim, weight = (
        torch.as_tensor(array, dtype=logits.dtype, device=logits.device)
        for array in (targets, weights)
    )
    return (weight * (logits.logsumexp(dim=1) - (aim * logits).sum(dim=1))).sum()
