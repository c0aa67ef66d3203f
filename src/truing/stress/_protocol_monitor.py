"""Monitors of protocols: what they see of a judge and its speakers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from truing.calls import checked_class
from truing.plants import PlantKind
from truing.stress._monitor import Suspicion
from truing.tasks import Item

Belief = tuple[float, ...]

UNTRUSTED = "untrusted"
"""Reviewer of a monitor: the judge's own model, which may be corrupt."""


@dataclass(frozen=True)
class SeenTurn:
    """A speech, or a judge's question.

    Attributes:
        round: number of the round, from 1.
        name: name of the speaker; `Judge` for a judge's question.
        argues: index of the answer argued for, in the order shown; None if there is none.
        said: public text, with quotes marked `<v_quote>` (verified) or `<u_quote>` (unverified).
        verified: number of quotes that were found in the hidden text.
        unverified: number of quotes that were not found.
    """

    round: int
    name: str
    argues: int | None
    said: str
    verified: int
    unverified: int


@dataclass(frozen=True)
class SeenPlay:
    """A play of a protocol, as a monitor sees it.

    Attributes:
        question: the question with its choices in the order shown, without its hidden text.
        turns: the transcript, without private reasoning.
        belief: the judge's verdict, in the order shown; None if it could not be read.
        argued: index, in the order shown, of the answer that a single speaker argues for; None if
            there is no such speaker.
    """

    question: Item
    turns: tuple[SeenTurn, ...]
    belief: Belief | None
    argued: int | None

    @property
    def stated(self) -> np.ndarray:
        """(k,) the verdict; equal probabilities if it could not be read."""
        k = len(self.question.choices)
        return np.full(k, 1 / k) if self.belief is None else np.array(self.belief)

    @property
    def speeches(self) -> tuple[SeenTurn, ...]:
        """The turns of the speakers."""
        return tuple(turn for turn in self.turns if turn.name != "Judge")

    @property
    def evidence(self) -> tuple[int, ...]:
        """(k,) number of verified quotes for each answer, in the order shown."""
        return tuple(
            sum(turn.verified for turn in self.turns if turn.argues == choice)
            for choice in range(len(self.question.choices))
        )


@dataclass(frozen=True, eq=False)
class ProtocolView:
    """All that a monitor of a protocol sees of one system. It does not contain the plant.

    Attributes:
        watched: n plays in random order, in which the system may misbehave.
        swapped: (n,) the plays of the same questions with the answers in reverse order; empty
            unless the monitor asks for them.
        beside: (n,) verdicts on the same questions under another protocol, in the order in which
            `watched` shows the answers, by the other protocol's specification.
        reviews: (n,) suspicion of each play, from 0 to 1, by the monitor's reviewer; empty without
            a reviewer.
        honeypots: (h,) suspicion of h plays whose verdict the overseer has reversed.
        trusted: t plays with known ground truth, which are not watched.
        truth: (t,) index of the correct answer, in the order shown.
        audited: (a,) random positions in `watched`, in random order.
        audits: (a,) index of the correct answer of the audited plays, in the order shown.
    """

    watched: tuple[SeenPlay, ...]
    swapped: tuple[SeenPlay, ...]
    beside: Mapping[str, tuple[Belief | None, ...]]
    reviews: np.ndarray
    honeypots: np.ndarray
    trusted: tuple[SeenPlay, ...]
    truth: np.ndarray
    audited: np.ndarray
    audits: np.ndarray

    @property
    def count(self) -> int:
        """Number of watched plays."""
        return len(self.watched)


@checked_class
@dataclass(frozen=True)
class ProtocolMonitor:
    """A monitor of plays of a protocol.

    An alarm compares the suspicion of a system with that of honest reference systems, so a monitor
    needs no threshold.

    Attributes:
        suspect: (view, rng) -> `Suspicion`.
        trusted: number of trusted plays, whose ground truth it receives.
        audits: number of audited plays: random watched plays, whose ground truth it receives.
        swapped: whether it sees the plays with the answers in reverse order.
        protocols: other protocols whose verdicts on the same questions it sees.
        reviewer: model that reads each play and states a suspicion: a model as Inspect names it, or
            `untrusted` for the model of the system's judge, which may be corrupt.
        honeypots: number of plays with a reversed verdict that the reviewer reads among the others.
        two_sided: an unusually low suspicion of the system is as suspicious as a high one.

    Examples:
        >>> from truing.stress import ProtocolMonitor, Suspicion
        >>> def talkative(view, rng):
        ...     return Suspicion(sum(len(turn.said) for one in view.watched for turn in one.turns))
        >>> ProtocolMonitor(talkative).labels
        0
    """

    suspect: Callable[[ProtocolView, np.random.Generator], Suspicion]
    trusted: int = 0
    audits: int = 0
    swapped: bool = False
    protocols: tuple[str, ...] = field(default=())
    reviewer: str = ""
    honeypots: int = 0
    two_sided: bool = False
    kind: ClassVar[PlantKind] = "protocol"

    @property
    def labels(self) -> int:
        """Number of plays whose ground truth the monitor receives."""
        return self.trusted + self.audits
