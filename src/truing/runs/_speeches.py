"""Speeches: how many of each protocol and role are no speech, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from truing.oversight import SPEECHES, JudgementRow


@dataclass(frozen=True)
class SpeechCount:
    """Speeches of a role under a protocol.

    Attributes:
        protocol, role: names.
        total: replies that were asked for as speeches.
        refused: stopped by a content filter, or a refusal that the provider marks.
        tool_calls: a tool call and no text.
        truncated: cut off at a token limit before the argument was complete.
        empty: nothing that the judge hears.
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
        """Replies that are no speech."""
        return self.refused + self.tool_calls + self.truncated + self.empty


def count_speeches(rows: Iterable[JudgementRow]) -> list[SpeechCount]:
    """Counts of rows that record any, by protocol and role in order of first appearance.

    Rows of version 0.1.0, and of other tools, record none.
    """
    totals: dict[tuple[str, str], Counter[str]] = {}
    for row in rows:
        for role, counts in row.speeches.items():
            totals.setdefault((row.protocol, role), Counter()).update(counts)
    return [SpeechCount(*key, *(total[name] for name in SPEECHES)) for key, total in totals.items()]
