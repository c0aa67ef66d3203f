"""Speeches split into text and quotes, as pages show them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

MARK = re.compile(r"<(v_quote|u_quote)>(.*?)</\1>", re.S)


@dataclass(frozen=True)
class SpeechPart:
    """A part of a speech: text or a quote.

    Attributes:
        kind: `text`, or for a quote `verified` or `unverified`.
        text: content of the part.
        nearest: passage of the hidden text that is closest to an unverified quote; else empty.
    """

    kind: str
    text: str
    nearest: str = ""


def split_speech(text: str) -> Iterator[SpeechPart]:
    """Split a speech into text and quotes; the tags state which quotes are verified."""
    end = 0
    for found in MARK.finditer(text):
        if found.start() > end:
            yield SpeechPart("text", text[end : found.start()])
        yield SpeechPart("verified" if found[1] == "v_quote" else "unverified", found[2])
        end = found.end()
    if end < len(text):
        yield SpeechPart("text", text[end:])
