"""Researcher: a program that proposes methods. It sees only released scores."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from truing.calls import checked_class
from truing.methods import Space
from truing.registry import Registry


@dataclass(frozen=True)
class Trial:
    """The result of a proposal.

    Attributes:
        specification: specification of the composition.
        released: best released score after it; None if the proposal failed.
        improved: whether the proposal raised the best released score.
    """

    specification: str
    released: float | None
    improved: bool


class Proposer(Protocol):
    """Proposes compositions of one space."""

    def propose(self) -> str | Sequence[str]:
        """The specification to submit next.

        If there are several specifications, `Pruner` chooses one of them on few seeds.
        """

    def learn(self, trial: Trial) -> None:
        """Receive the result of a proposal, or of a composition from an earlier run."""


@checked_class
@dataclass(frozen=True)
class Researcher:
    """A researcher that proposes compositions.

    Attributes:
        begin: (space, rng) -> proposer. It must draw all randomness from the generator, so that a
            stopped run continues with the same proposals.
        mechanism: text of the method cards: why the proposals should work.
        learns: whether it learns from results, and therefore also from compositions of earlier
            runs.

    Examples:
        >>> import truing
        >>> class Sampler:
        ...     def __init__(self, space, rng):
        ...         self.space, self.rng = space, rng
        ...     def propose(self):
        ...         return self.space.sample(self.rng)
        ...     def learn(self, trial):
        ...         pass
        >>> truing.Researcher(Sampler, mechanism="Randomly chosen.").learns
        False
    """

    begin: Callable[[Space, np.random.Generator], Proposer]
    mechanism: str
    learns: bool = False


RESEARCHERS: Registry[Researcher] = Registry(
    "researcher", "truing.research.researchers", lambda made: isinstance(made, Researcher)
)
"""All registered researchers."""


def researcher(form: str) -> Callable[[Callable[..., Researcher]], Callable[..., Researcher]]:
    """Decorator that registers a researcher. The docstring's first line is its description.

    The decorated function takes the arguments and returns a `Researcher`.

    Args:
        form: name, with the arguments that it carries.

    Examples:
        >>> import truing
        >>> class Sampler:
        ...     def __init__(self, space, rng):
        ...         self.space, self.rng = space, rng
        ...     def propose(self):
        ...         return self.space.sample(self.rng)
        ...     def learn(self, trial):
        ...         pass
        >>> @truing.researcher("sampler")
        ... def sampler():
        ...     "Random compositions."
        ...     return truing.Researcher(Sampler, mechanism="Randomly chosen.")
        >>> sampler().learns
        False
    """
    return RESEARCHERS.register(form)
