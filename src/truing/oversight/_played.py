"""Played: the outcome of a protocol on one question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from truing.oversight._judgement_row import Belief
from truing.oversight._prompts import Turn
from truing.oversight._protocol import Setup
from truing.oversight._reply import Reply


@dataclass(frozen=True)
class Forecast:
    """A forecast of the verdict, before a round.

    Attributes:
        round: the round that follows, from 1.
        belief: probabilities of the answers; None where they could not be read.
        reply: the reply that states it, which only the market sees.
    """

    round: int
    belief: Belief | None
    reply: Reply


@dataclass(frozen=True)
class Play:
    """What came of a protocol on one question.

    Attributes:
        setup: what was played.
        turns: what was said.
        argued: index, as shown, of the answer that was assigned or chosen; None where there is no
            such answer.
        beliefs: the judge's after each round, from before the first; empty where it is not asked.
        verdicts: of every judge; None for one that could not be read. A speaker whose own choice
            of an answer could not be read leaves nothing to be judged: then there is one, None.
        forecasts: the market's, in their order; empty where no market forecasts.
        truncated: verdicts that stay unread because the reply was cut off at a token limit.
        calls: requests that were made.
    """

    setup: Setup
    turns: tuple[Turn, ...]
    argued: int | None
    beliefs: tuple[Belief | None, ...]
    verdicts: tuple[Belief | None, ...]
    forecasts: tuple[Forecast, ...]
    truncated: int
    calls: int

    @property
    def verdict(self) -> Belief | None:
        """Mean of the judges' verdicts that could be read; None where none could."""
        return mean_belief(self.verdicts)


def mean_belief(beliefs: Sequence[Belief | None]) -> Belief | None:
    """Mean of those that could be read; None where none could."""
    read = [one for one in beliefs if one is not None]
    if not read:
        return None
    return tuple(sum(column) / len(read) for column in zip(*read, strict=True))
