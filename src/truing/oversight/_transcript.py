"""Transcript: the turns of a play, as stored in `transcripts.jsonl` and in Inspect's logs.

Indices of answers refer to the question set, not to the order in which the answers were shown. A
file may be damaged or come from another tool, so a missing or unusable field takes its default.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from truing.oversight._judgement_row import Belief
from truing.oversight.plays import Forecast, Play
from truing.oversight.prompts import Turn
from truing.oversight.replies import Quote
from truing.oversight.rules import Setup


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

    def to_json(self) -> dict[str, Any]:
        """JSON form, an entry of `turns` in a transcript."""
        return asdict(self) | {"silence": self.silence or None}


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


Entry = TranscribedTurn | TranscribedForecast


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
    entries: tuple[Entry, ...]
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
            _text(row, "protocol"),
            _text(row, "play"),
            _text(row, "question"),
            entries,
            _text(row, "judge"),
            _text(row, "agent"),
        )


def read_entry(row: Mapping[str, Any]) -> Entry:
    """Read an entry of `turns` in a transcript; only a market's entry has a forecast."""
    reasoning, native, stop = (
        _text(row, name) for name in ("reasoning", "native_reasoning", "stop_reason")
    )
    at = _index(row.get("round")) or 0
    if "forecast" in row:
        return TranscribedForecast(at, _belief(row["forecast"]), reasoning, native, stop)
    quotes = row.get("quotes")
    return TranscribedTurn(
        at,
        _text(row, "speaker") or "?",
        _index(row.get("argues")),
        _text(row, "said"),
        reasoning,
        native,
        stop,
        _text(row, "silence"),
        tuple(
            Quote(_text(one, "text"), one.get("verified") is True, _text(one, "nearest"))
            for one in (quotes if isinstance(quotes, list) else ())
            if isinstance(one, Mapping)
        ),
    )


def _text(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    return value if isinstance(value, str) else ""


def _index(value: Any) -> int | None:
    return value if type(value) is int and value >= 0 else None


def _belief(value: Any) -> Belief | None:
    """A list of probabilities; None if it could not be read."""
    known = isinstance(value, list | tuple) and all(type(p) in (int, float) for p in value)
    return tuple(value) if known else None


def transcribe(play: Play) -> tuple[Entry, ...]:
    """Entries of a play's transcript, with private reasoning and forecasts in separate fields."""
    entries: list[Entry] = [_forecast(play.setup, one) for one in play.forecasts]
    entries += [_turn(play.setup, turn) for turn in play.turns]
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
