"""Setup: one play of a protocol on a question."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from truing.oversight.rules._protocol import Protocol
from truing.tasks import Item


@dataclass(frozen=True)
class Setup:
    """One play of a protocol on a question: the assigned answer and the order of the answers.

    Attributes:
        question: the question with its choices in the order shown.
        order: for each choice shown, its index in the question set.
        argued: index, in the order shown, of the answer assigned to the single speaker; None if
            there is no such speaker or the speaker chooses.
        swapped: whether the answers are shown in reverse order.
    """

    question: Item
    order: tuple[int, ...]
    argued: int | None
    swapped: bool

    @property
    def id(self) -> str:
        """Identifier of the play, unique within a protocol."""
        argued = "" if self.argued is None else f", for {self.order[self.argued]}"
        return f"{self.question.id}{argued}{', swapped' if self.swapped else ''}"

    @property
    def places(self) -> tuple[int, ...]:
        """Position at which each choice of the question set is shown."""
        return tuple(self.order.index(i) for i in range(len(self.order)))

    def restored(self, belief: tuple[float, ...]) -> tuple[float, ...]:
        """Probabilities in the order of the question set, from probabilities in the order shown."""
        return tuple(belief[place] for place in self.places)


def setups(rules: Protocol, question: Item, swap: bool = False) -> Iterator[Setup]:
    """All plays of a question: one for each assigned answer, and for each order of the answers.

    Args:
        swap: whether to play everything again with the answers in reverse order.

    Examples:
        >>> from truing.oversight.protocols import PROTOCOLS, setups
        >>> from truing.tasks import Item
        >>> consultancy = PROTOCOLS.build("consultancy,assignment=both").value
        >>> [one.argued for one in setups(consultancy, Item("q1", "Which is larger?", ("2", "3")))]
        [0, 1]
    """
    straight = tuple(range(len(question.choices)))
    for order in (straight, straight[::-1]) if swap else (straight,):
        shown = question.reordered(order)
        for argued in _assigned(rules, question):
            place = None if argued is None else order.index(argued)
            yield Setup(shown, order, place, order != straight)


def _assigned(rules: Protocol, question: Item) -> tuple[int | None, ...]:
    if rules.assignment == "both":
        return tuple(range(len(question.choices)))
    if rules.assignment == "fixed":
        drawn = hashlib.sha256(f"assigned {question.id}".encode()).digest()
        return (int.from_bytes(drawn[:8], "big") % len(question.choices),)
    return (None,)
