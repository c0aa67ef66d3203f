"""Aims: what a method's rule makes of a batch, and the loss whose gradient leads there.

A rule is shown the items of one batch, with what the student believes of them at this step; a rule
that looks at no beliefs is asked about all learning items, once. So thresholds, ranks and shares
are those of a batch, as in Burns et al. 2023 (appendix A.4) and Han et al. 2018. Beliefs of
different steps are never put beside each other: a student drifts, and whatever is now in the batch
would all rank above, or below, what was last seen an epoch ago.
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
    """A method's rule, with the labels that it is about.

    Attributes:
        targets: the rule.
        static: it looks neither at beliefs nor at progress.
        name: of the method, for messages.
        labels: (n, k) of the learning items.
        masses: (M, n) weight of each item for each model, on top of what the rule gives.
        absent: (n, k) whether an item lacks a choice; None where every item has all k.
    """

    targets: Targets
    static: bool
    name: str
    labels: np.ndarray
    masses: np.ndarray
    absent: np.ndarray | None = None

    def __post_init__(self) -> None:
        every = np.arange(len(self.labels))
        self.fixed = self._ask(every, self.labels, 1.0) if self.static else None

    def aims(self, items: np.ndarray, logits: Sequence[Any], progress: float) -> list[Aim]:
        """For each model, what it is to learn of some items.

        Args:
            logits: of each model; a static rule needs none. Of two peers, each learns by what the
                other believes.

        Raises:
            MethodError: the rule broke its contract.
        """
        if self.fixed:
            made = [tuple(one[items] for one in self.fixed)] * len(self.masses)
        else:
            beliefs = [one.detach().double().softmax(dim=1).cpu().numpy() for one in logits]
            made = [self._ask(items, one, progress) for one in beliefs[::-1]]
        masses = self.masses[:, items]
        return [(one, weights * mass) for (one, weights), mass in zip(made, masses, strict=True)]

    def _ask(self, items: np.ndarray, belief: np.ndarray, progress: float) -> Aim:
        import torch

        weak = self.labels[items]

        def call() -> Aim:
            # Copies: a rule that writes into what it is shown spoils nothing.
            shown = [torch.tensor(one, dtype=torch.float64) for one in (weak, belief)]
            made = self.targets(shown[0], shown[1], progress)
            targets, weights = (torch.as_tensor(one).numpy() for one in made)
            return targets, weights

        targets, weights = checked(self.name, weak.shape, call)
        absent = None if self.absent is None else self.absent[items]
        return on_present_choices(targets, absent), weights


def loss(logits: Any, targets: np.ndarray, weights: np.ndarray) -> Any:
    """Summed loss of some items, whose gradient by the logits is weight * (belief - target)."""
    import torch

    aim, weight = (
        torch.as_tensor(one, dtype=logits.dtype, device=logits.device) for one in (targets, weights)
    )
    return (weight * (logits.logsumexp(dim=1) - (aim * logits).sum(dim=1))).sum()
