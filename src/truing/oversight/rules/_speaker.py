"""Speaker, judge and limits: the roles of a protocol and the length of speeches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from truing.arguments import Within
from truing.calls import checked_class

Order = Literal["simultaneous", "sequential"]
Assignment = Literal["none", "fixed", "both", "open"]
Aim = Literal["argue", "criticize", "move"]
# Ranges of the arguments of protocols; `Protocol` itself checks only lower bounds.
Count = Annotated[int, Within("[1, 100]")]
Words = Annotated[int, Within("[1, 10000]")]
Quotes = Annotated[int, Within("[0, 100]")]
OfEach = Literal["none", "open"]  # with a speaker for each answer
OfOne = Literal["fixed", "both", "open"]  # with a single speaker


@checked_class
@dataclass(frozen=True)
class Speaker:
    """A role that speaks to the judge.

    Attributes:
        name: name in transcripts, such as `Debater`.
        model: model role that plays the speaker, such as `debater`.
        aim: `argue` for an answer, `criticize` the earlier speeches, or `move` the forecast.
        each: whether there is one such speaker for each answer, who argues for it.
        sees_hidden: whether the speaker reads the hidden text.
        hears_reasoning_of: names of other speakers whose private reasoning the speaker reads.
            A protocol that names an opponent here is broken, and the leak check reports it.
        best_of: number of drafts of each speech. A reader with the judge's information selects the
            most convincing draft (Khan et al. 2024, section 3.3).
        instructions: additional instructions to the speaker.
        believes: whether the speaker states the probability of each answer before anyone speaks.
            The belief is recorded (`critic`) and shown to no one; it measures what the speaker
            knows. At most one speaker states a belief.
    """

    name: str
    model: str
    aim: Aim = "argue"
    each: bool = False
    sees_hidden: bool = True
    hears_reasoning_of: tuple[str, ...] = ()
    best_of: int = 1
    instructions: str = ""
    believes: bool = False


@checked_class
@dataclass(frozen=True)
class Judge:
    """The role that gives the verdict.

    Attributes:
        model: model role of the judge. Several models bound to this role are a panel, and the
            verdict is the mean of their verdicts.
        panel: number of verdicts drawn from each model.
        sees_hidden: whether the judge reads the hidden text.
        asks: whether the judge asks the speakers a question after each round except the last.
        each_round: whether the judge also states its belief before the first round and after each
            round.
        hears_reasoning_of: names of speakers whose private reasoning the judge reads.
        instructions: additional instructions to the judge.
    """

    model: str = "judge"
    panel: int = 1
    sees_hidden: bool = False
    asks: bool = False
    each_round: bool = False
    hears_reasoning_of: tuple[str, ...] = ()
    instructions: str = ""


@checked_class
@dataclass(frozen=True)
class Limits:
    """Limits of a speech. Text beyond a limit is cut, and the record counts the words cut.

    Attributes:
        words: maximum number of words in a speech.
        quotes: maximum number of quotes in a speech, if there is a hidden text.
        quote_words: maximum number of words in a quote.
    """

    words: int = 150
    quotes: int = 3
    quote_words: int = 40
