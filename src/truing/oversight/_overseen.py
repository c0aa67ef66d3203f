"""Overseen: the results of protocols on questions, and the settings of requests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

from truing.oversight._judgement_row import JudgementRow
from truing.oversight._spent import Spent
from truing.oversight._transcript import PlayTranscript
from truing.oversight.pressure import PressureRow
from truing.oversight.spending import Prices, check_caps

MAX_TOKENS = 2048  # tokens in a reply: a full speech or verdict, with reasoning before it


@dataclass(frozen=True)
class Requests:
    """Settings of requests to models.

    Attributes:
        at_once: maximum number of concurrent requests to a model; None for Inspect's default.
        retries: maximum number of retries after a temporary error (429, 5xx, a lost connection);
            N retries make N + 1 requests.
        timeout: seconds for a request including all its retries.
        attempt_timeout: seconds for one attempt.
        max_tokens: maximum number of tokens in a reply, including native reasoning if the provider
            counts it.
        spend: hard cap on the dollars of all executions of the run in its folder. It needs
            `prices`. None for the cap of the earlier execution, or else for no cap.
        tokens: hard cap on the input and output tokens of the run; None as for `spend`.
        prices: dollars per million input and output tokens, by role or by model:
            `{"judge": (0.15, 0.60)}`.

    Raises:
        UserError: a cap or a price is invalid.
    """

    at_once: int | None = None
    retries: int = 5
    timeout: int = 600
    attempt_timeout: int = 120
    max_tokens: int = MAX_TOKENS
    spend: float | None = None
    tokens: int | None = None
    prices: Prices = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_caps(self.spend, self.tokens, self.prices)

    @property
    def has_costs(self) -> bool:
        """Whether a cap or a price is given."""
        return self.spend is not None or self.tokens is not None or bool(self.prices)

    def to_json(self) -> dict[str, Any]:
        """JSON form, with one key for each attribute."""
        return asdict(self)

    @classmethod
    def from_json(cls, stated: Mapping[str, Any]) -> Requests:
        """Read the JSON form; missing settings take their defaults."""
        return cls(**{name: stated[name] for name in cls.__dataclass_fields__ if name in stated})


class Failure(NamedTuple):
    """A failed play: label of the protocol, id of the play, error, and names of the models."""

    protocol: str
    play: str
    why: str
    judge: str = ""
    agent: str = ""


@dataclass(frozen=True)
class Overseen:
    """Results of protocols on questions. Equal records and transcripts are equal results.

    Attributes:
        records: a row for each finished play, with the ground truth.
        transcripts: a transcript for each finished play.
        failures: the failed plays.
        usage: tokens of this execution by role, without cached replies.
        pressed: a row for each candidate of each finished pool, with the ground truth.
        stopped: why the run stopped before its end; empty if it did not.
        unplayed: number of plays that were not finished because the cap of the run is reached.
        lost: number of paid replies that could not be cached, so that the next run pays for them
            again.
        why_lost: the operating system's reason; empty if no reply is lost.
    """

    records: tuple[JudgementRow, ...]
    transcripts: tuple[PlayTranscript, ...]
    failures: tuple[Failure, ...] = field(default=(), compare=False)
    usage: Mapping[str, Spent] = field(default_factory=dict, compare=False)
    pressed: tuple[PressureRow, ...] = ()
    stopped: str = field(default="", compare=False)
    unplayed: int = field(default=0, compare=False)
    lost: int = field(default=0, compare=False)
    why_lost: str = field(default="", compare=False)

    def __add__(self, other: Overseen) -> Overseen:
        """The results of both."""
        return Overseen(
            self.records + other.records,
            self.transcripts + other.transcripts,
            self.failures + other.failures,
            add_usage(self.usage, other.usage),
            pressed=self.pressed + other.pressed,
            stopped=self.stopped or other.stopped,
            unplayed=self.unplayed + other.unplayed,
            lost=self.lost + other.lost,
            why_lost=self.why_lost or other.why_lost,
        )

    @property
    def pools(self) -> int:
        """Number of finished pools of candidates."""
        keys = ((one.protocol, one.judge, one.agent, one.question) for one in self.pressed)
        swapped = (one.swapped for one in self.pressed)
        return len(set(zip(keys, swapped, strict=True)))

    @property
    def total_usage(self) -> dict[str, Spent]:
        """Tokens of all replies in the finished plays by role, including cached replies."""
        return add_usage(*(row.usage for row in self.records), *(row.usage for row in self.pressed))


def add_usage(*usages: Mapping[str, Spent]) -> dict[str, Spent]:
    """Sum of tokens by role."""
    total: dict[str, Spent] = {}
    for usage in usages:
        for role, spent in usage.items():
            total[role] = total.get(role, Spent()) + spent
    return total
