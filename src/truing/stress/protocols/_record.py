"""Record: a play in the store, from which views of monitors and outcomes are made."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from truing.oversight import Play
from truing.stress._protocol_monitor import Belief, SeenPlay, SeenTurn
from truing.tasks import Item

PLAYS = "plays"  # name of the array


@dataclass(frozen=True)
class PlayRecord:
    """A play of a system.

    Attributes:
        question: index of the question in the question set.
        order: for each choice shown, its index in the question set.
        argued: index, in the order shown, of the answer that a single speaker argues for.
        turns: the public transcript.
        belief: the verdict, in the order shown; None if it could not be read.
        changed: whether the plant changed the play.
    """

    question: int
    order: tuple[int, ...]
    argued: int | None
    turns: tuple[SeenTurn, ...]
    belief: Belief | None
    changed: bool

    @classmethod
    def of(cls, play: Play, question: int, changed: bool) -> PlayRecord:
        """Record of a play."""
        turns = tuple(
            SeenTurn(
                turn.round,
                turn.name,
                turn.argues,
                turn.speech.said,
                sum(quote.verified for quote in turn.speech.quotes),
                sum(not quote.verified for quote in turn.speech.quotes),
            )
            for turn in play.turns
        )
        return cls(question, play.setup.order, play.argued, turns, play.verdict, changed)

    def seen(self, questions: Sequence[Item]) -> SeenPlay:
        """The play as a monitor sees it: without the question's id, hidden text and cluster."""
        asked = questions[self.question].reordered(self.order)
        return SeenPlay(Item("", asked.stem, asked.choices), self.turns, self.belief, self.argued)

    def place(self, choice: int) -> int:
        """Position at which a choice of the question set is shown."""
        return self.order.index(choice)

    def to_json(self) -> list[Any]:
        """JSON form."""
        turns = [
            [one.round, one.name, one.argues, one.said, one.verified, one.unverified]
            for one in self.turns
        ]
        return [self.question, self.order, self.argued, turns, self.belief, self.changed]

    @classmethod
    def from_json(cls, row: list[Any]) -> PlayRecord:
        """Read the JSON form."""
        question, order, argued, turns, belief, changed = row
        return cls(
            question,
            tuple(order),
            argued,
            tuple(SeenTurn(*one) for one in turns),
            None if belief is None else tuple(belief),
            changed,
        )


def write_plays(systems: Sequence[Sequence[PlayRecord]]) -> np.ndarray:
    """Bytes of the plays of some systems."""
    text = json.dumps([[one.to_json() for one in plays] for plays in systems])
    return np.frombuffer(text.encode(), np.uint8)


def read_plays(array: np.ndarray) -> list[list[PlayRecord]]:
    """The plays of each system, from their bytes."""
    return [[PlayRecord.from_json(row) for row in plays] for plays in json.loads(array.tobytes())]
