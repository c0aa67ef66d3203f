"""Transcript: the turns of a play, as stored in `transcripts.jsonl` and in Inspect's logs.

Indices of answers refer to the question set, not to the order in which the answers were shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from truing.oversight._played import Belief, Forecast, Play
from truing.oversight._prompts import Turn
from truing.oversight._protocol import Setup
from truing.oversight._quotes import Quote


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

    round: int
    forecast: Belief | None
    reasoning: str
    native_reasoning: str
    stop_reason: str

    def to_json(self) -> dict[str, Any]:
        """JSON form, an entry of `turns` in a transcript."""
        return {
            "round": self.round,
            "speaker": "Market",
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
    """

    protocol: str
    play: str
    question: str
    entries: tuple[Entry, ...]

    def to_json(self) -> dict[str, Any]:
        """JSON form, a line of `transcripts.jsonl`."""
        return {
            "protocol": self.protocol,
            "play": self.play,
            "question": self.question,
            "turns": [one.to_json() for one in self.entries],
        }

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> PlayTranscript:
        """Read a line of `transcripts.jsonl`.

        Raises:
            ValueError: the line is not a transcript.
        """
        try:
            entries = tuple(read_entry(one) for one in row["turns"])
            return cls(row["protocol"], row["play"], row["question"], entries)
        except (KeyError, TypeError) as error:
            raise ValueError(f"not a transcript: {error!r}") from error


def read_entry(row: Mapping[str, Any]) -> Entry:
    """Read an entry of `turns` in a transcript; only a market's entry has a forecast.

    Raises:
        KeyError, TypeError: the entry has another form.
    """
    if "forecast" in row:
        belief = row["forecast"]
        return TranscribedForecast(
            row["round"],
            None if belief is None else tuple(belief),
            row["reasoning"],
            row["native_reasoning"],
            row["stop_reason"],
        )
    return TranscribedTurn(
        row["round"],
        row["speaker"],
        row["argues"],
        row["said"],
        row["reasoning"],
        row["native_reasoning"],
        row["stop_reason"],
        row["silence"] or "",
        tuple(Quote(one["text"], one["verified"], one["nearest"]) for one in row["quotes"]),
    )


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
