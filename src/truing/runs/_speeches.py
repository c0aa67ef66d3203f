"""Speeches: how many of each protocol and role are no speech, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from truing.tasks import read_rows

REASONS = ("refused", "tool_calls", "truncated", "empty")


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


def count_speeches(rows: Iterable[Mapping[str, Any]]) -> list[SpeechCount]:
    """Counts of rows that record any, by protocol and role in order of first appearance.

    Rows of version 0.1.0, and of other tools, record none.
    """
    totals: dict[tuple[str, str], dict[str, int]] = {}
    for row in rows:
        speeches = row.get("speeches")
        for role, counts in speeches.items() if isinstance(speeches, Mapping) else ():
            if not isinstance(counts, Mapping):
                continue
            total = totals.setdefault((str(row.get("protocol", "all")), str(role)), {})
            for name in ("total", *REASONS):
                value = counts.get(name)
                total[name] = total.get(name, 0) + (value if type(value) is int else 0)
    return [SpeechCount(protocol, role, **total) for (protocol, role), total in totals.items()]


def speeches_in(path: Path) -> list[SpeechCount]:
    """Counts of a file of judgements.

    Raises:
        DataError: the file cannot be read.
    """
    return count_speeches(row for _, row in read_rows(path, ("speeches",)))
