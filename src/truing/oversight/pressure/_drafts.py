"""Drafts: the candidates of a question, and the answer that each of them argues for."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from truing.oversight.pressure._rules import arguing_speaker
from truing.oversight.rules import Protocol, Setup, setups
from truing.tasks import Item


@dataclass(frozen=True)
class Draft:
    """A candidate of a question.

    Attributes:
        number: number of the candidate, from 1. The fixed drafts of other speakers have draw 0.
        setup: question, order and assignment of its play.
        place: place of the answer for which the drafting seat argues, with a speaker for each
            answer; None for a single speaker, who drafts.
    """

    number: int
    setup: Setup
    place: int | None


def draft_pools(
    rules: Protocol, question: Item, candidates: int, swap: bool = False
) -> Iterator[tuple[Draft, ...]]:
    """The candidates of a question: one pool for each order of the answers.

    Candidates are independent and equally distributed. If a speaker argues for an answer that it
    did not choose, the answer of each candidate is drawn by the question's id and the candidate's
    number, and never by the truth. So the estimate for n does not depend on the size of the pool,
    which it would with equal shares of the answers.

    Args:
        candidates: number of candidates in each pool.
        swap: whether there is a second pool with the answers in reverse order.

    Examples:
        >>> from truing.oversight.pressure import draft_pools
        >>> from truing.oversight.protocols import PROTOCOLS
        >>> from truing.tasks import Item
        >>> debate = PROTOCOLS.build("debate,rounds=1").value
        >>> (pool,) = draft_pools(debate, Item("q1", "Which is larger?", ("2", "3")), 6)
        >>> [draft.place for draft in pool]
        [0, 0, 1, 0, 0, 0]
    """
    speaker = arguing_speaker(rules)
    assert speaker is not None, "callers leave out protocols without an arguing speaker"
    found = list(setups(rules, question, swap))
    for swapped in dict.fromkeys(one.swapped for one in found):
        own = [one for one in found if one.swapped == swapped]
        by_answer = {one.order[one.argued]: one for one in own if one.argued is not None}
        drafts = []
        for number in range(1, candidates + 1):
            answer = _answer(question, number)
            setup = by_answer.get(answer, own[0])
            place = setup.places[answer] if speaker.each else None
            drafts.append(Draft(number, setup, place))
        yield tuple(drafts)


def _answer(question: Item, number: int) -> int:
    """Index of an answer in the question set, drawn for a candidate."""
    drawn = hashlib.sha256(f"pressure {number} {question.id}".encode()).digest()
    return int.from_bytes(drawn[:8], "big") % len(question.choices)
