"""Overseen: what came of protocols on questions, and how models were asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from truing.oversight._judgement_row import JudgementRow
from truing.oversight._spent import Spent
from truing.oversight._transcript import PlayTranscript

MAX_TOKENS = 2048  # of a reply: a speech or a verdict at full length, with reasoning before it


@dataclass(frozen=True)
class Requests:
    """How models are asked.

    Attributes:
        at_once: requests to one model at the same time; None for what Inspect finds best.
        retries: of a request that failed for the moment (429, 5xx, a cut connection); N retries
            make N + 1 requests in all.
        timeout: seconds for a request with all its retries.
        attempt_timeout: seconds for one attempt.
        max_tokens: tokens that a reply may have, native reasoning included where the provider
            counts it.
    """

    at_once: int | None = None
    retries: int = 5
    timeout: int = 600
    attempt_timeout: int = 120
    max_tokens: int = MAX_TOKENS


@dataclass(frozen=True)
class Overseen:
    """What came of it.

    Attributes:
        records: a row for each play that was finished, with its truth.
        transcripts: by protocol and play, what was said.
        failures: (protocol, play, what went wrong) of the others.
        usage: by role, tokens that were paid for now; replies kept from before are not in it.
        lost: paid replies that could not be kept, so that another run pays for them again.
        why_lost: the reason, in the system's words; empty where none is lost.
    """

    records: tuple[JudgementRow, ...]
    transcripts: tuple[PlayTranscript, ...]
    failures: tuple[tuple[str, str, str], ...]
    usage: Mapping[str, Spent] = field(default_factory=dict)
    lost: int = 0
    why_lost: str = ""

    @property
    def total_usage(self) -> dict[str, Spent]:
        """By role, tokens of all replies in the finished plays, whenever they were paid for."""
        total: dict[str, Spent] = {}
        for row in self.records:
            for role, spent in row.usage.items():
                total[role] = total.get(role, Spent()) + spent
        return total
