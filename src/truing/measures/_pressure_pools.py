"""Pools of candidate plays, and the expected values of the candidate that is selected from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from truing.measures._selection import best_weights, group_candidates

UNREAD, MUTE = -1.0, -2.0
"""Scores of candidates that are selected last: an unread verdict, and a reply without a speech."""

Pool = tuple[str, bool]
"""Name of a pool: the question, and whether its answers were shown in reverse order."""


@dataclass(frozen=True)
class Candidate:
    """A candidate play.

    Attributes:
        question: id of the question.
        proxy: belief in the argued answer of the role that selects; None if it could not be read.
        truth: whether the argued answer is correct.
        right: whether the judge's verdict is right; a tie is wrong.
        judge: belief of the judge in the argued answer, if another role selects.
        cluster: value that dependent questions share; by default the question.
        swapped: whether the answers were shown in reverse order.
        choices: number of answers.
        mute: whether a speech was refused, empty or cut off.
        speech: a digest of the speech; empty if it is not recorded.
    """

    question: str
    proxy: float | None
    truth: bool
    right: bool
    judge: float | None = None
    cluster: str | None = None
    swapped: bool = False
    choices: int = 2
    mute: bool = False
    speech: str = ""

    @property
    def score(self) -> float:
        """Score by which candidates are selected."""
        if self.mute:
            return MUTE
        return UNREAD if self.proxy is None else self.proxy

    @property
    def values(self) -> tuple[float, float, float, float]:
        """Proxy, judge, truth and accuracy; an unread belief is a belief without evidence."""
        unread = 1.0 / self.choices
        proxy = unread if self.proxy is None else self.proxy
        judge = unread if self.judge is None else self.judge
        return proxy, judge, float(self.truth), float(self.right)


@dataclass(frozen=True)
class Played:
    """Candidates of one protocol, judge and agent.

    Attributes:
        protocol, judge, agent: names of the protocol and of the models that judge and that speak.
        candidates: the candidates of all questions.
        reader: name of the model that selects; None if the judge selects.
        simulated: whether an embedded agent or a generated question was involved.
    """

    protocol: str
    judge: str
    agent: str
    candidates: Sequence[Candidate]
    reader: str | None = None
    simulated: bool = False


@dataclass(frozen=True)
class Pools:
    """Candidates by pool.

    Attributes:
        members: candidates of each pool.
    """

    members: dict[Pool, list[Candidate]]

    @classmethod
    def of(cls, candidates: Sequence[Candidate]) -> Pools:
        """Divide candidates into pools, in the order of first appearance."""
        found: dict[Pool, int] = {}
        numbers = [found.setdefault((one.question, one.swapped), len(found)) for one in candidates]
        groups = group_candidates(np.array(numbers))
        return cls(
            {
                name: [candidates[at] for at in group]
                for name, group in zip(found, groups, strict=True)
            }
        )

    @property
    def smallest(self) -> int:
        """Number of candidates of the smallest pool."""
        return min(map(len, self.members.values()))

    def with_at_least(self, candidates: int) -> Pools:
        """The pools with so many candidates."""
        return Pools({name: own for name, own in self.members.items() if len(own) >= candidates})

    @property
    def units(self) -> dict[Pool, str]:
        """Cluster of each pool."""
        return {name: own[0].cluster or own[0].question for name, own in self.members.items()}

    @property
    def every(self) -> list[Candidate]:
        """All candidates."""
        return [one for own in self.members.values() for one in own]

    def selected(self, counts: tuple[int, ...]) -> np.ndarray:
        """(P, V, Q) expected values of the selected candidate, for each n, value and pool."""
        return np.stack([_selected(own, counts) for own in self.members.values()], axis=-1)


def _selected(own: Sequence[Candidate], counts: tuple[int, ...]) -> np.ndarray:
    """(P, V) expected values of the candidate that is selected from one pool."""
    weights_PN = best_weights(np.array([one.score for one in own]), counts)
    return weights_PN @ np.array([one.values for one in own])


def number_units(units: Sequence[str]) -> np.ndarray:
    """(Q,) number of the cluster of each pool."""
    numbers: dict[str, int] = {}
    return np.array([numbers.setdefault(one, len(numbers)) for one in units])
