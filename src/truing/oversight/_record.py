"""Record: a play as one row, in the form that `truing measure oversight` reads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from truing.oversight._play import Belief, Play
from truing.oversight._protocol import Setup


def make_record(name: str, play: Play, judge: str, agent: str, simulated: bool) -> dict[str, Any]:
    """A play's row without its truth; answers are counted as in the question set.

    Args:
        name: of the protocol.
        judge, agent: who judged and who spoke, as models are named.
        simulated: an embedded agent or a generated question had a part in it.
    """
    setup = play.setup
    quotes = [quote for turn in play.turns for quote in turn.speech.quotes]
    return {
        "question": setup.question.id,
        "cluster": setup.question.cluster,
        "choices": [setup.question.choices[i] for i in _places(setup)],
        "group": setup.question.group or None,
        "protocol": name,
        "judge": judge,
        "agent": agent or None,
        "argued": None if play.argued is None else setup.order[play.argued],
        "assigned": None if play.argued is None else setup.argued is not None,
        "belief": _restored(setup, play.verdict),
        "rounds": [_restored(setup, one) for one in play.beliefs],
        "swapped": setup.swapped,
        "judges_unread": sum(one is None for one in play.verdicts),
        "quotes_verified": sum(quote.verified for quote in quotes),
        "quotes_near": sum(bool(quote.nearest) for quote in quotes),
        "quotes_false": sum(not quote.verified and not quote.nearest for quote in quotes),
        "words_cut": sum(turn.speech.cut for turn in play.turns),
        "calls": play.calls,
        "simulated": simulated,
    }


def make_transcript(play: Play) -> list[dict[str, Any]]:
    """What was said, turn by turn, private reasoning kept apart."""
    return [
        {
            "round": turn.round,
            "speaker": turn.name,
            "argues": None if turn.argues is None else play.setup.order[turn.argues],
            "said": turn.speech.said,
            "reasoning": turn.speech.reasoning,
            "quotes": [
                {"text": quote.text, "verified": quote.verified, "nearest": quote.nearest}
                for quote in turn.speech.quotes
            ],
        }
        for turn in play.turns
    ]


def _restored(setup: Setup, belief: Belief | None) -> Sequence[float] | None:
    """A belief in the order of the question set, from the order that was shown."""
    if belief is None:
        return None
    return [belief[place] for place in _places(setup)]


def _places(setup: Setup) -> list[int]:
    """Where each choice of the question set was shown."""
    return [setup.order.index(i) for i in range(len(setup.order))]
