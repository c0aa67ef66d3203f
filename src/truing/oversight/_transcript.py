"""Transcript: the turns of a play, as stored in `transcripts.jsonl` and in Inspect's logs.

Indices of answers refer to the question set, not to the order in which the answers were shown. A
file may be damaged or come from another tool, so a missing or unusable field takes its default.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, ClassVar

from truing.oversight._judgement_row import Belief
from truing.oversight._transcribed_work import (
    TranscribedDraft,
    as_belief,
    as_index,
    as_objects,
    as_text,
    describe_work,
    read_drafts,
    read_tool_uses,
    transcribe_draft,
    work_to_json,
)
from truing.oversight.plays import Consultation, Forecast, Play
from truing.oversight.prompts import Turn
from truing.oversight.replies import Quote
from truing.oversight.rules import Setup
from truing.oversight.tools import ToolUse


@dataclass(frozen=True)
class TranscribedTurn:
    """A speech, or a judge's question.

    Attributes:
        round: number of the round, from 1.
        speaker: name of the speaker.
        argues: index of the answer argued for; None if there is none.
        said: public text.
        reasoning, native_reasoning: private text of the speaker, and reasoning that the provider
            returned separately.
        stop_reason: stop reason of the reply, as Inspect names it.
        silence: reason why the reply is not a speech; empty for a speech.
        quotes: quotes in order.
        drafts: drafts and critiques behind the speech, which no role reads.
        tool_uses: tools that the author used, which no other role reads.
    """

    round: int
    speaker: str
    argues: int | None
    said: str
    reasoning: str
    native_reasoning: str
    stop_reason: str
    silence: str
    quotes: tuple[Quote, ...]
    drafts: tuple[TranscribedDraft, ...] = ()
    tool_uses: tuple[ToolUse, ...] = ()

    @property
    def work(self) -> str:
        """Tool uses and drafts as text for a person."""
        return describe_work(self.drafts, self.tool_uses)

    def to_json(self) -> dict[str, Any]:
        """JSON form, an entry of `turns` in a transcript."""
        row = asdict(replace(self, drafts=(), tool_uses=()))
        del row["drafts"], row["tool_uses"]
        row["silence"], row["quotes"] = self.silence or None, list(row["quotes"])
        return row | work_to_json(self.drafts, self.tool_uses)


@dataclass(frozen=True)
class TranscribedForecast:
    """A market's forecast: its probabilities, and its reasons, which no other role reads.

    Attributes:
        round: number of the round that follows, from 1.
        forecast: probability of each answer; None if they could not be read.
        reasoning, native_reasoning, stop_reason: fields of the market's reply.
    """

    speaker: ClassVar = "Market"
    argues: ClassVar = None
    said: ClassVar = ""
    silence: ClassVar = ""
    quotes: ClassVar[tuple[Quote, ...]] = ()
    work: ClassVar = ""

    round: int
    forecast: Belief | None
    reasoning: str
    native_reasoning: str
    stop_reason: str

    def to_json(self) -> dict[str, Any]:
        """JSON form, an entry of `turns` in a transcript."""
        return {
            "round": self.round,
            "speaker": self.speaker,
            "argues": None,
            "said": "",
            "forecast": None if self.forecast is None else list(self.forecast),
            "reasoning": self.reasoning,
            "native_reasoning": self.native_reasoning,
            "stop_reason": self.stop_reason,
            "silence": None,
            "quotes": [],
        }


TranscriptEntry = TranscribedTurn | TranscribedForecast


@dataclass(frozen=True)
class PlayTranscript:
    """The transcript of a play.

    Attributes:
        protocol: label of the protocol.
        play: id of the play.
        question: text of the question.
        entries: turns and forecasts in order.
        judge, agent: names of the models that judged and that spoke; empty if not stated.
    """

    protocol: str
    play: str
    question: str
    entries: tuple[TranscriptEntry, ...]
    judge: str = ""
    agent: str = ""

    def to_json(self) -> dict[str, Any]:
        """JSON form, a line of `transcripts.jsonl`."""
        return {
            "protocol": self.protocol,
            "play": self.play,
            "judge": self.judge,
            "agent": self.agent,
            "question": self.question,
            "turns": [one.to_json() for one in self.entries],
        }

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> PlayTranscript:
        """Read a line of `transcripts.jsonl`; entries that are not JSON objects are left out.

        Raises:
            ValueError: the line is not a JSON object with a list of turns.
        """
        if not isinstance(row, Mapping) or not isinstance(row.get("turns"), list):
            raise ValueError("not a transcript: it has no list of turns")
        entries = tuple(read_entry(one) for one in row["turns"] if isinstance(one, Mapping))
        return cls(
            as_text(row, "protocol"),
            as_text(row, "play"),
            as_text(row, "question"),
            entries,
            as_text(row, "judge"),
            as_text(row, "agent"),
        )


def read_entry(row: Mapping[str, Any]) -> TranscriptEntry:
    """Read an entry of `turns` in a transcript; only a market's entry has a forecast."""
    reasoning, native, stop = (
        as_text(row, name) for name in ("reasoning", "native_reasoning", "stop_reason")
    )
    at = as_index(row.get("round")) or 0
    if "forecast" in row:
        return TranscribedForecast(at, as_belief(row["forecast"]), reasoning, native, stop)
    return TranscribedTurn(
        at,
        as_text(row, "speaker") or "?",
        as_index(row.get("argues")),
        as_text(row, "said"),
        reasoning,
        native,
        stop,
        as_text(row, "silence"),
        tuple(
            Quote(as_text(one, "text"), one.get("verified") is True, as_text(one, "nearest"))
            for one in as_objects(row, "quotes")
        ),
        read_drafts(row),
        read_tool_uses(row),
    )


def transcribe(play: Play) -> tuple[TranscriptEntry, ...]:
    """Entries of a play's transcript, with private reasoning and forecasts in separate fields."""
    entries: list[TranscriptEntry] = [_forecast(play.setup, one) for one in play.forecasts]
    entries += [_turn(play.setup, turn) for turn in play.turns]
    entries += [_consultation(one) for one in play.consultations]
    return tuple(sorted(entries, key=lambda one: one.round))  # a forecast comes before its round


def _turn(setup: Setup, turn: Turn) -> TranscribedTurn:
    return TranscribedTurn(
        turn.round,
        turn.name,
        None if turn.argues is None else setup.order[turn.argues],
        turn.speech.said,
        turn.speech.reasoning,
        turn.native,
        turn.stop_reason,
        turn.speech.silence,
        turn.speech.quotes,
        tuple(transcribe_draft(setup, one) for one in turn.drafts),
        turn.tool_uses,
    )


def _consultation(used: Consultation) -> TranscribedTurn:
    """The entry of a verdict for which the judge used tools; the verdict is no speech."""
    reply = used.reply
    return TranscribedTurn(
        used.round,
        "Judge",
        None,
        "",
        reply.text,
        reply.reasoning,
        reply.stop_reason,
        "",
        (),
        tool_uses=reply.tool_uses,
    )


def _forecast(setup: Setup, forecast: Forecast) -> TranscribedForecast:
    belief = forecast.belief
    return TranscribedForecast(
        forecast.round,
        None if belief is None else setup.restored(belief),
        forecast.reply.text,
        forecast.reply.reasoning,
        forecast.reply.stop_reason,
    )
