"""Transcript of a play: the speeches round by round, and who could read them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import Any

from truing.errors import DataError
from truing.runs import TRANSCRIPTS, as_number, as_objects, as_text, parse_json, read_slice
from truing.server._speech import SpeechPart, split_speech
from truing.server.view._oversight import transcript_places
from truing.server.view._summary import Summary

SHIPPED = re.compile(r"[a-z][a-z-]*(,[a-z_]+=[\w.-]+)*", re.ASCII)
STRETCH = 40  # rounds in one block of the page
PRIVATE = (
    "native_reasoning",
    "reasoning",
)  # fields of a turn, in the order in which the model wrote them
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
    record = parse_json(read_slice(run.folder, TRANSCRIPTS, start, end))
    if not isinstance(record, dict) or not isinstance(record.get("turns"), list):
        raise DataError("the transcript of this play is damaged")
    protocol = as_text(record.get("protocol", ""), 200)
    sight = sight_of(protocol)
    voices: dict[str, str] = {"Judge": "judge"}
    turns = tuple(
        _turn(place, one, voices, sight)
        for place, one in enumerate(record["turns"], 1)
        if isinstance(one, dict)
    )
    asked = as_text(record.get("question", ""))
    return Transcript(protocol, as_text(record.get("play", ""), 500), asked, turns)


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
    number: int, row: Mapping[str, Any], voices: dict[str, str], sight: Sight | None
) -> ShownTurn:
    speaker = as_text(row.get("speaker", "?"), 100)
    voice = voices.setdefault(speaker, str((len(voices) - 1) % VOICES))
    argues, place = row.get("argues"), row.get("round")
    return ShownTurn(
        number,
        place if type(place) is int else 0,
        speaker,
        voice,
        argues if type(argues) is int and argues >= 0 else None,
        tuple(_parts(as_text(row.get("said", ""), 200_000), row.get("quotes"))),
        "\n\n".join(filter(None, (as_text(row.get(name) or "", 200_000) for name in PRIVATE))),
        SILENCES.get(as_text(row.get("silence") or "", 40), ""),
        _forecast(row.get("forecast")),
        _readers(speaker, sight),
    )


def _forecast(given: Any) -> tuple[float, ...]:
    found = [as_number(one) for one in given] if isinstance(given, list) else []
    known = tuple(one for one in found if one is not None)
    return known if len(known) == len(found) else ()


def _readers(speaker: str, sight: Sight | None) -> tuple[str, ...]:
    if sight is None:
        return ()
    kind = speaker.rpartition(" ")[0]  # `Debater` for `Debater A`
    return tuple(who for who, heard in sight.hears.items() if {speaker, kind} & set(heard))


def _parts(said: str, quotes: Any) -> Iterator[SpeechPart]:
    """Text and quotes of a speech. A quote counts as verified only if the record of the quotes
    confirms it: the speaker may have written the tags in the text."""
    recorded = iter(as_objects(quotes))
    for part in split_speech(said):
        if part.kind == "text":
            yield part
            continue
        quote = next(recorded, {})
        verified = part.kind == "verified" and quote.get("verified") is True
        nearest = "" if verified else as_text(quote.get("nearest") or "", 2000)
        yield SpeechPart("verified" if verified else "unverified", part.text, nearest)
