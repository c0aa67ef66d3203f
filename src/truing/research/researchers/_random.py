"""Random choice: the control of a search. A search must beat it on the same budget."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from truing.methods import Space
from truing.research.researchers._researcher import Researcher, Trial, researcher


@researcher("random")
def random() -> Researcher:
    """Control: random compositions, independent of earlier scores."""
    return Researcher(_Random, "None: it was drawn at random.")


@dataclass
class _Random:
    space: Space
    rng: np.random.Generator

    def propose(self) -> str:
        return self.space.sample(self.rng)

    def learn(self, trial: Trial) -> None:
        del trial
