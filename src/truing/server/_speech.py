"""Speech: text and quotes in turn, as a page shows them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

MARK = re.compile(r"<(v_quote|u_quote)>(.*?)</\1>", re.S)


@dataclass(frozen=True)
class SpeechPart:
    """A piece of a speech.

    Attributes:
        kind: text, verified or unverified.
        text: the piece itself.
        nearest: what the hidden text has in place of an unverified quote; else empty.
    """

    kind: str
    text: str
    nearest: str = ""


def split_speech(text: str) -> Iterator[SpeechPart]:
    """Text and quotes in turn; quotes are verified or not by their marks."""
    end = 0
    for found in MARK.finditer(text):
        if found.start() > end:
            yield SpeechPart("text", text[end : found.start()])
        yield SpeechPart("verified" if found[1] == "v_quote" else "unverified", found[2])
        end = found.end()
    if end < len(text):
        yield SpeechPart("text", text[end:])
