"""Scene: the state of a play between two requests."""

from __future__ import annotations

from dataclasses import dataclass

from truing.oversight.prompts._prompts import SHIPPED, Prompts
from truing.oversight.replies import Speech
from truing.oversight.rules import Protocol, Speaker
from truing.oversight.tools import ToolUse
from truing.tasks import Item


@dataclass(frozen=True)
class Seat:
    """A speaker in a play.

    Attributes:
        speaker: rules of the speaker.
        name: name in the transcript, such as `Debater A`.
        argues: index of the answer that it argues for, in the order shown; None if it argues for
            no answer.
        member: index of its model among the models bound to the speaker's role.
    """

    speaker: Speaker
    name: str
    argues: int | None
    member: int = 0


@dataclass(frozen=True)
class Draft:
    """A draft of a speech, or a critique of a draft. No prompt of another role contains it.

    Attributes:
        kind: `draft`, or `critique` of the draft that was chosen before.
        revision: number of times that the draft was rewritten; for a critique, the number of the
            draft that it criticizes.
        speech: public and private part of the reply.
        native: reasoning that the provider returned separately.
        belief: a reader's probability of each answer after the draft; None without a reader, or if
            it could not be read.
        rating: a reader's probability that a critique is helpful; None as for `belief`.
        chosen: whether it was chosen among the drafts or critiques.
    """

    kind: str
    revision: int
    speech: Speech
    native: str
    belief: tuple[float, ...] | None = None
    rating: float | None = None
    chosen: bool = False


@dataclass(frozen=True)
class Turn:
    """A speech in a play, or a judge's question.

    Attributes:
        round: number of the round, from 1.
        name: name of the seat; `Judge` for the judge's questions.
        role: model role of the author.
        argues: index of the answer argued for, in the order shown.
        speech: public and private part of the reply.
        stop_reason: stop reason of the reply, as Inspect names it.
        native: reasoning that the provider returned separately; no prompt contains it.
        tool_uses: tools that the author used; no prompt contains them.
        drafts: all drafts and critiques, if there was more than the speech itself.
    """

    round: int
    name: str
    role: str
    argues: int | None
    speech: Speech
    stop_reason: str = "stop"
    native: str = ""
    tool_uses: tuple[ToolUse, ...] = ()
    drafts: tuple[Draft, ...] = ()


@dataclass(frozen=True)
class Scene:
    """The state of a play between two requests.

    Attributes:
        rules: the protocol.
        question: the question with its choices in the order shown.
        seats: the speakers.
        turns: the transcript so far, in order.
        forecast: the forecaster's probability for each answer; None without a forecast.
        prompts: the wording of all messages.
    """

    rules: Protocol
    question: Item
    seats: tuple[Seat, ...]
    turns: tuple[Turn, ...] = ()
    forecast: tuple[float, ...] | None = None
    prompts: Prompts = SHIPPED
