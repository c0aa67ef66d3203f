"""Played: the outcome of a play."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from truing.oversight._judgement_row import Belief
from truing.oversight.prompts import Turn
from truing.oversight.replies import Reply
from truing.oversight.rules import Setup


@dataclass(frozen=True)
class Forecast:
    """A forecast of the verdict, before a round.

    Attributes:
        round: number of the round that follows, from 1.
        belief: probability of each answer; None if they could not be read.
        reply: the market's reply, which no other role reads.
    """

    round: int
    belief: Belief | None
    reply: Reply


@dataclass(frozen=True)
class Consultation:
    """A verdict for which the judge used tools.

    Attributes:
        round: number of rounds before it.
        reply: the judge's reply with its tool uses, which no other role reads.
    """

    round: int
    reply: Reply


@dataclass(frozen=True)
class Play:
    """The outcome of a protocol on one question.

    Attributes:
        setup: question, order and assignment of the play.
        turns: the transcript.
        argued: index, in the order shown, of the answer that was assigned or chosen; None if there
            is no such answer.
        beliefs: the judge's beliefs before the first round and after each round; empty without
            `each_round`.
        verdicts: verdict of each judge; None for a verdict that could not be read. If a speaker's
            choice of an answer could not be read, there is nothing to judge, and this is (None,).
        forecasts: the market's forecasts in order; empty without a market.
        truncated: number of verdicts that are unread because the reply was cut off at a token
            limit.
        calls: number of requests.
        consultations: the verdicts for which the judge used tools.
        critic: belief of the speaker that states one before anyone speaks (`believes`); None
            without such a speaker, or if it could not be read.
    """

    setup: Setup
    turns: tuple[Turn, ...]
    argued: int | None
    beliefs: tuple[Belief | None, ...]
    verdicts: tuple[Belief | None, ...]
    forecasts: tuple[Forecast, ...]
    truncated: int
    calls: int
    consultations: tuple[Consultation, ...] = ()
    critic: Belief | None = None

    @property
    def rounds(self) -> int:
        """Number of rounds with a speech."""
        return max((turn.round for turn in self.turns), default=0)

    @property
    def verdict(self) -> Belief | None:
        """Mean of the judges' verdicts that could be read; None if none could."""
        return mean_belief(self.verdicts)


def mean_belief(beliefs: Sequence[Belief | None]) -> Belief | None:
    """Mean of the beliefs that could be read; None if none could."""
    read = [one for one in beliefs if one is not None]
    if not read:
        return None
    return tuple(sum(column) / len(read) for column in zip(*read, strict=True))
