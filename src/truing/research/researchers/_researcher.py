"""Researcher: whoever proposes methods. It sees what the referee releases, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from truing.methods import Space
from truing.registry import Registry


@dataclass(frozen=True)
class Trial:
    """A method that was tried.

    Attributes:
        specification: of the composition.
        released: the score told; None where it failed or nothing was released yet.
        improved: it beat the best before it.
    """

    specification: str
    released: float | None
    improved: bool


class Proposer(Protocol):
    """A researcher at work on one space."""

    def propose(self) -> str | Sequence[str]:
        """The specification to be tried next.

        Or several: of these the one is tried that looks best on few seeds, see `Pruner`.
        """

    def learn(self, trial: Trial) -> None:
        """What came of a proposal, or of an earlier finding that was tried again."""


@dataclass(frozen=True)
class Researcher:
    """Something that proposes compositions.

    Attributes:
        begin: (space, rng) -> proposer. All its chance comes from the generator, so that a research
            that was stopped goes on as it would have.
        mechanism: what a method card says of why its proposals should work.
        learns: from what came of its proposals, and so from earlier findings too.
    """

    begin: Callable[[Space, np.random.Generator], Proposer]
    mechanism: str
    learns: bool = False


RESEARCHERS: Registry[Researcher] = Registry(
    "researcher", "truing.research.researchers", lambda made: isinstance(made, Researcher)
)
researcher = RESEARCHERS.register
