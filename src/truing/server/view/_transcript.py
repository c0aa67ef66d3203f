"""Transcript of a play: the speeches round by round, and who could read them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

from truing.errors import DataError
from truing.oversight import PlayTranscript, TranscribedForecast, TranscriptEntry
from truing.oversight.replies import Quote
from truing.runs import TRANSCRIPTS, as_text, parse_json, read_slice
from truing.server._speech import SpeechPart, split_speech
from truing.server.view._oversight import finite, transcript_places
from truing.server.view._summary import Summary

SHIPPED = re.compile(r"[a-z][a-z-]*(,[a-z_]+=[\w.-]+)*", re.ASCII)
STRETCH = 40  # rounds in one block of the page
SILENCES = {
    "refused": "refused by the model or its provider",
    "tool_calls": "a tool call without text",
    "truncated": "cut off at the token limit",
    "empty": "empty reply",
}
VOICES = 5  # colors for speakers; the judge has a separate color


@dataclass(frozen=True)
class ShownTurn:
    """A speech.

    Attributes:
        number: number of the speech in the play, from 1.
        round: number of the round, from 1.
        speaker: name of the speaker.
        voice: color of the speaker, as the suffix of a CSS class.
        argues: index of the answer that the speaker argues for; None if there is none.
        parts: the public text and its quotes.
        private: private reasoning of the speaker, in its text or native to the model.
        silence: reason why the turn does not count as a speech; else empty.
        forecast: a market's probability of each answer; empty for a speech.
        readers: names of the others who read the private reasoning.
    """

    number: int
    round: int
    speaker: str
    voice: str
    argues: int | None
    parts: tuple[SpeechPart, ...]
    private: str
    silence: str
    forecast: tuple[float, ...]
    readers: tuple[str, ...]


@dataclass(frozen=True)
class Transcript:
    """The speeches of a play.

    Attributes:
        protocol: name of the protocol.
        play: name of the play.
        question: the question; empty if the file does not contain it.
        turns: the speeches, in order.
    """

    protocol: str
    play: str
    question: str
    turns: tuple[ShownTurn, ...]

    def stretches(self) -> Iterator[list[tuple[int, list[ShownTurn]]]]:
        """Rounds with their turns, in blocks: a browser skips blocks outside the viewport."""
        rounds = [(at, list(turns)) for at, turns in groupby(self.turns, lambda one: one.round)]
        for start in range(0, len(rounds), STRETCH):
            yield rounds[start : start + STRETCH]

    @property
    def voices(self) -> dict[str, str]:
        """The color of each speaker."""
        return {turn.speaker: turn.voice for turn in self.turns}


@dataclass(frozen=True)
class Sight:
    """Who can read what under the rules of a protocol.

    Attributes:
        hidden: names of the roles that can read the hidden text.
        blind: names of the roles that cannot read it.
        hears: for each role, the speakers whose private reasoning it can read.
    """

    hidden: tuple[str, ...]
    blind: tuple[str, ...]
    hears: Mapping[str, tuple[str, ...]]


def read_transcript(run: Summary, number: int) -> Transcript:
    """The transcript of a play.

    Raises:
        DataError: the transcript is missing or damaged.
    """
    places = transcript_places(run)
    if not 0 <= number < len(places):
        raise DataError(f"{TRANSCRIPTS} contains no transcript of this play")
    start, end = places[number]
    try:
        played = PlayTranscript.from_json(
            parse_json(read_slice(run.folder, TRANSCRIPTS, start, end))
        )
    except ValueError:
        raise DataError("the transcript of this play is damaged") from None
    protocol = as_text(played.protocol, 200)
    sight = sight_of(protocol)
    voices: dict[str, str] = {"Judge": "judge"}
    turns = tuple(_turn(number, one, voices, sight) for number, one in enumerate(played.entries, 1))
    return Transcript(protocol, as_text(played.play, 500), as_text(played.question), turns)


@lru_cache(maxsize=256)
def sight_of(protocol: str) -> Sight | None:
    """Who can read what under a registered protocol; None for a protocol that a file defines.

    A run folder may come from an untrusted source, so files that it names are never imported.
    """
    if not SHIPPED.fullmatch(protocol):
        return None
    from truing.oversight.protocols import PROTOCOLS

    try:
        rules = PROTOCOLS.build(protocol).value
    except Exception:  # from another version, or from a plugin that is not installed
        return None
    seats = {one.name: one for one in rules.speakers} | {"Judge": rules.judge}
    return Sight(
        tuple(name for name, one in seats.items() if one.sees_hidden),
        tuple(name for name, one in seats.items() if not one.sees_hidden),
        {name: one.hears_reasoning_of for name, one in seats.items()},
    )


def _turn(
    number: int, turn: TranscriptEntry, voices: dict[str, str], sight: Sight | None
) -> ShownTurn:
    speaker = as_text(turn.speaker, 100)
    # in the order in which the model wrote them
    private = (turn.native_reasoning, turn.reasoning, turn.work)
    return ShownTurn(
        number,
        turn.round,
        speaker,
        voices.setdefault(speaker, str((len(voices) - 1) % VOICES)),
        turn.argues,
        tuple(_speech_parts(as_text(turn.said, 200_000), turn.quotes)),
        "\n\n".join(as_text(text, 200_000) for text in private if text),
        SILENCES.get(turn.silence, ""),
        finite(turn.forecast) or () if isinstance(turn, TranscribedForecast) else (),
        _readers(speaker, sight),
    )


def _readers(speaker: str, sight: Sight | None) -> tuple[str, ...]:
    if sight is None:
        return ()
    kind = speaker.rpartition(" ")[0]  # `Debater` for `Debater A`
    return tuple(who for who, heard in sight.hears.items() if {speaker, kind} & set(heard))


def _speech_parts(said: str, quotes: Sequence[Quote]) -> Iterator[SpeechPart]:
    """Text and quotes of a speech. A quote counts as verified only if the record of the quotes
    confirms it: the speaker may have written the tags in the text."""
    recorded = iter(quotes)
    for part in split_speech(said):
        if part.kind == "text":
            yield part
            continue
        quote = next(recorded, Quote("", False))
        verified = part.kind == "verified" and quote.verified
        nearest = "" if verified else as_text(quote.nearest, 2000)
        yield SpeechPart("verified" if verified else "unverified", part.text, nearest)
