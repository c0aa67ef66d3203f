"""Speaker, judge and limits: the roles of a protocol and the length of speeches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from truing.calls import checked_class

Order = Literal["simultaneous", "sequential"]
Assignment = Literal["none", "fixed", "both", "open"]
Aim = Literal["argue", "criticize", "move", "decompose", "estimate", "challenge"]
PROVING: tuple[Aim, ...] = ("argue", "decompose", "challenge")
"""Aims of a speaker who defends one answer."""

CRITIC = "critic"
"""Model role that criticizes drafts. By default the speaker's own model plays it."""


@checked_class
@dataclass(frozen=True)
class Speaker:
    """A role that speaks to the judge.

    Attributes:
        name: name in transcripts, such as `Debater`.
        model: model role that plays the speaker, such as `debater`.
        aim: `argue` for an answer, `criticize` the earlier speeches, or `move` the forecast. In a
            prover-estimator debate: `decompose` a claim into subclaims, `estimate` the probability
            of each subclaim, and `challenge` one of the estimates.
        each: whether there is one such speaker for each answer, who argues for it.
        sees_hidden: whether the speaker reads the hidden text.
        hears_reasoning_of: names of other speakers whose private reasoning the speaker reads.
            A protocol that names an opponent here is broken, and the leak check reports it.
        best_of: number of drafts of each speech. A reader with the judge's information selects the
            most convincing draft (Khan et al. 2024, section 3.3).
        reader: model role that selects among drafts and critiques; by default the judge's role. If
            the role has no model, the judge's model plays it.
        refine: number of times that a critic criticizes the draft and the speaker rewrites it
            before it is spoken.
        critiques: number of critiques of each draft; the reader selects the most helpful critique.
        tools: tools that the speaker may use before it speaks: `calculator`, `python` (in
            Inspect's sandbox), `search` (in the hidden text).
        instructions: additional instructions to the speaker.
        believes: whether the speaker states the probability of each answer before anyone speaks.
            The belief is recorded (`critic`) and shown to no one; it measures what the speaker
            knows. At most one speaker states a belief.

    A draft is refined as in critique-and-refinement of Khan et al. 2024 (section 3.3, algorithm 1,
    and their code `ucl-dark/llm_debate`): the critic reads what the speaker reads and gives advice
    to the speaker, a reader without the hidden text selects the most helpful critique, the speaker
    then rewrites the selected draft `best_of` times, and the reader selects again. A rewritten
    draft replaces the draft in any case; if no rewritten draft is a speech, the draft stays. Two
    things differ: the reader states a probability that the critique is helpful (there, the
    probability of the token Y), and `refine` may be larger than 1.
    """

    name: str
    model: str
    aim: Aim = "argue"
    each: bool = False
    sees_hidden: bool = True
    hears_reasoning_of: tuple[str, ...] = ()
    best_of: int = 1
    reader: str = ""
    refine: int = 0
    critiques: int = 1
    tools: tuple[str, ...] = ()
    instructions: str = ""
    believes: bool = False

    @property
    def selects(self) -> bool:
        """Whether a reader selects among drafts or critiques."""
        return self.best_of > 1 or (self.refine > 0 and self.critiques > 1)

    @property
    def proves(self) -> bool:
        """Whether the speaker defends one answer."""
        return self.aim in PROVING


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
        tools: tools that the judge may use before it gives a verdict: `calculator`, `python` (in
            Inspect's sandbox), `search`. With `search` the judge reads parts of the hidden text,
            although `sees_hidden` is false: at most `TOOL_ROUNDS` searches for each verdict, with
            at most 3 passages of 40 words each (`truing.oversight.tools`).
        hears_reasoning_of: names of speakers whose private reasoning the judge reads.
        instructions: additional instructions to the judge.
    """

    model: str = "judge"
    panel: int = 1
    sees_hidden: bool = False
    asks: bool = False
    each_round: bool = False
    tools: tuple[str, ...] = ()
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
        claims: maximum number of subclaims of a claim, in a prover-estimator debate.
    """

    words: int = 150
    quotes: int = 3
    quote_words: int = 40
    claims: int = 3
