"""A transcript: what was said in a play, round by round, and who could read it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import Any

from truing.errors import DataError
from truing.runs import TRANSCRIPTS, as_number, as_text, parse_json, read_slice
from truing.server._speech import SpeechPart, split_speech
from truing.server.view._oversight import transcript_places
from truing.server.view._summary import Summary

SHIPPED = re.compile(r"[a-z][a-z-]*(,[a-z_]+=[\w.-]+)*", re.ASCII)
STRETCH = 40  # rounds together
PRIVATE = ("native_reasoning", "reasoning")  # of a turn, in the order of their writing
SILENCES = {
    "refused": "refused by the model or its provider",
    "tool_calls": "a tool call and no text",
    "truncated": "cut off at the token limit",
    "empty": "nothing said",
}
VOICES = 5  # colours for speakers; the judge has one of its own


@dataclass(frozen=True)
class ShownTurn:
    """A speech.

    Attributes:
        number: its place in the play, from 1.
        round: from 1.
        speaker: who spoke.
        voice: which colour the speaker has.
        argues: index of the answer that is argued; None where none is.
        parts: what everybody heard.
        private: what the speaker reasoned, in its text or natively.
        silence: why it counts as no speech; empty for a speech.
        forecast: probabilities that a market gives the answers; empty for a speech.
        readers: others who read that; empty for nobody.
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
    """A play's speeches.

    Attributes:
        protocol, play: names.
        question: what was asked; empty where the file does not say.
        turns: in their order.
    """

    protocol: str
    play: str
    question: str
    turns: tuple[ShownTurn, ...]

    def stretches(self) -> Iterator[list[tuple[int, list[ShownTurn]]]]:
        """Rounds with their turns, some together: a browser passes over many at once."""
        rounds = [(at, list(turns)) for at, turns in groupby(self.turns, lambda one: one.round)]
        for start in range(0, len(rounds), STRETCH):
            yield rounds[start : start + STRETCH]

    @property
    def voices(self) -> dict[str, str]:
        """The colour of each speaker."""
        return {turn.speaker: turn.voice for turn in self.turns}


@dataclass(frozen=True)
class Sight:
    """Who reads what under a protocol, by its rules.

    Attributes:
        hidden: who reads the hidden text.
        blind: who does not.
        hears: by listener, whose private reasoning it is shown.
    """

    hidden: tuple[str, ...]
    blind: tuple[str, ...]
    hears: Mapping[str, tuple[str, ...]]


def read_transcript(run: Summary, number: int) -> Transcript:
    """The transcript of a play.

    Raises:
        DataError: there is none, or it is damaged.
    """
    places = transcript_places(run)
    if not 0 <= number < len(places):
        raise DataError(f"{TRANSCRIPTS} has no transcript of this play")
    start, end = places[number]
    held = parse_json(read_slice(run.folder, TRANSCRIPTS, start, end))
    if not isinstance(held, dict) or not isinstance(held.get("turns"), list):
        raise DataError("the transcript of this play is damaged")
    protocol = as_text(held.get("protocol", ""), 200)
    sight = sight_of(protocol)
    voices: dict[str, str] = {"Judge": "judge"}
    turns = tuple(
        _turn(place, one, voices, sight)
        for place, one in enumerate(held["turns"], 1)
        if isinstance(one, dict)
    )
    asked = as_text(held.get("question", ""))
    return Transcript(protocol, as_text(held.get("play", ""), 500), asked, turns)


@lru_cache(maxsize=256)
def sight_of(protocol: str) -> Sight | None:
    """Who reads what, for a protocol by its name alone; None for one that a file would define.

    A run folder is a stranger's: what it names is never loaded from where it says.
    """
    if not SHIPPED.fullmatch(protocol):
        return None
    from truing.oversight.protocols import PROTOCOLS

    try:
        rules = PROTOCOLS.build(protocol).value
    except Exception:  # of another version, or of a plugin that is not here
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
    kind = speaker.rpartition(" ")[0]  # of `Debater A`, who is one of the debaters
    return tuple(who for who, heard in sight.hears.items() if {speaker, kind} & set(heard))


def _parts(said: str, quotes: Any) -> Iterator[SpeechPart]:
    """Text and quotes in turn. A quote counts as verified where the record says so too: a mark in
    the text alone may be the speaker's."""
    listed = quotes if isinstance(quotes, list) else []
    recorded = iter([one for one in listed if isinstance(one, dict)])
    for part in split_speech(said):
        if part.kind == "text":
            yield part
            continue
        quote = next(recorded, {})
        verified = part.kind == "verified" and quote.get("verified") is True
        nearest = "" if verified else as_text(quote.get("nearest") or "", 2000)
        yield SpeechPart("verified" if verified else "unverified", part.text, nearest)
