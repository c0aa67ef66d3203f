"""Counts of speeches that were refused, empty or cut off, by protocol and role."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from truing.oversight import SPEECHES, JudgementRow


@dataclass(frozen=True)
class SpeechCount:
    """Numbers of speeches of a role under a protocol.

    Attributes:
        protocol, role: names.
        total: requested speeches.
        refused: stopped by a content filter, or marked as a refusal by the provider.
        tool_calls: replies with a tool call and no text.
        truncated: cut off at a token limit before the argument was complete.
        empty: replies without text for the judge.
    """

    protocol: str
    role: str
    total: int = 0
    refused: int = 0
    tool_calls: int = 0
    truncated: int = 0
    empty: int = 0

    @property
    def mute(self) -> int:
        """Number of replies without a usable speech."""
        return self.refused + self.tool_calls + self.truncated + self.empty


def count_speeches(rows: Iterable[JudgementRow]) -> list[SpeechCount]:
    """Count speeches by protocol and role, in order of first appearance.

    Rows of version 0.1.0 and of other tools contain no counts.
    """
    totals: dict[tuple[str, str], Counter[str]] = {}
    for row in rows:
        for role, counts in row.speeches.items():
            totals.setdefault((row.protocol, role), Counter()).update(counts)
    return [SpeechCount(*key, *(total[name] for name in SPEECHES)) for key, total in totals.items()]
