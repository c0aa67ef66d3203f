"""Judgement row: a judged play as a line of judgements.jsonl, with its only reader and writer.

Other tools write such files too, so a row requires only `question` and `belief`; scoring requires
`truth` as well. A missing or unusable field that no score depends on takes its default.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from truing.errors import DataError
from truing.oversight._spent import Spent
from truing.tasks import name_of, need, read_rows

Belief = tuple[float, ...]

PERSON = "person:"
"""Start of the name of a judge who is a person."""

SILENCES = ("refused", "tool_calls", "truncated", "empty")
"""Reasons why a reply is not a speech."""
SPEECHES = ("total", *SILENCES)
"""Keys of the counts of a role's speeches."""
NOT_TEXTS = (
    *("truth", "argued", "assigned", "swapped", "mute", "belief", "rounds", "choices"),
    *("speeches", "simulated", "argued_by", "critic"),
)
"""Fields that a CSV file contains as numbers, lists, objects or true/false."""


@dataclass(frozen=True)
class JudgementRow:
    """The verdict on a play and its circumstances. Indices of answers refer to the question set.

    Attributes:
        question, cluster, group: id, cluster and group of the question; None if not stated.
        choices: the answers; empty if not stated.
        protocol: label of the protocol.
        judge, agent: names of the models that judged and that spoke; several speakers in the order
            of their seats.
        argued: index of the answer that the single agent argued for.
        argued_by: name of the model that argued for each answer, in the order of the question set;
            empty if a single agent spoke.
        assigned: whether the answer was assigned to the agent rather than chosen; None if unknown.
        belief: the verdict; None if it could not be read.
        rounds: the judge's beliefs before the first round and after each round.
        rounds_played: number of rounds of speeches; a play may stop before its last round.
        swapped: whether the answers were shown in reverse order.
        judges_unread, judges_truncated: number of single verdicts that could not be read, and how
            many of them were cut off.
        mute: number of replies that are not a speech.
        speeches: by role, the total number of speeches and the number of replies that are not a
            speech, by reason.
        quotes_verified, quotes_near, quotes_false: numbers of quotes in all speeches.
        words_cut: number of words beyond the limits.
        calls: number of requests.
        usage: tokens of all replies by role.
        simulated: whether an embedded agent or a generated question was involved.
        critic: belief of a critic before anyone speaks; None if it states none.
        truth: index of the correct answer; None while the ground truth is withheld.
    """

    question: str
    belief: Belief | None
    cluster: str | None = None
    choices: tuple[str, ...] = ()
    group: str | None = None
    protocol: str = "all"
    judge: str | None = None
    agent: str | None = None
    argued: int | None = None
    argued_by: tuple[str, ...] = ()
    assigned: bool | None = None
    rounds: tuple[Belief | None, ...] = ()
    rounds_played: int = 0
    swapped: bool = False
    judges_unread: int = 0
    judges_truncated: int = 0
    mute: int = 0
    speeches: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    quotes_verified: int = 0
    quotes_near: int = 0
    quotes_false: int = 0
    words_cut: int = 0
    calls: int = 0
    usage: Mapping[str, Spent] = field(default_factory=dict)
    simulated: bool = False
    critic: Belief | None = None
    truth: int | None = None

    def to_json(self) -> dict[str, Any]:
        """JSON form of the row, without `truth` while the ground truth is withheld.

        `rounds_played`, `argued_by` and `critic` are left out if there are none.
        """
        row = {
            "question": self.question,
            "cluster": self.cluster,
            "choices": list(self.choices),
            "group": self.group,
            "protocol": self.protocol,
            "judge": self.judge,
            "agent": self.agent,
            "argued": self.argued,
            "assigned": self.assigned,
            "belief": None if self.belief is None else list(self.belief),
            "rounds": [None if one is None else list(one) for one in self.rounds],
            "swapped": self.swapped,
            "judges_unread": self.judges_unread,
            "judges_truncated": self.judges_truncated,
            "mute": self.mute,
            "speeches": {role: dict(counts) for role, counts in self.speeches.items()},
            "quotes_verified": self.quotes_verified,
            "quotes_near": self.quotes_near,
            "quotes_false": self.quotes_false,
            "words_cut": self.words_cut,
            "calls": self.calls,
            "usage": {
                role: {"input_tokens": one.read, "output_tokens": one.written}
                for role, one in self.usage.items()
            },
            "simulated": self.simulated,
        }
        more: dict[str, Any] = {}
        if self.rounds_played:
            more["rounds_played"] = self.rounds_played
        if self.argued_by:
            more["argued_by"] = list(self.argued_by)
        if self.critic is not None:
            more["critic"] = list(self.critic)
        if self.truth is not None:
            more["truth"] = self.truth
        return row | more


def read_judgements(path: Path) -> list[tuple[str, JudgementRow]]:
    """Rows of a file of judgements (JSONL, CSV or another table), each with its location.

    Raises:
        DataError: the file or a row is unusable.
    """
    return [(where, read_judgement(where, row)) for where, row in read_rows(path, NOT_TEXTS)]


def read_judgement(where: str, row: Mapping[str, Any]) -> JudgementRow:
    """Read a row.

    Args:
        where: location of the row, for error messages.

    Raises:
        DataError: question or belief is missing, or a value that scores depend on is unusable.
    """
    given = dict(row)
    need(where, given, "question")
    if "belief" not in given:
        raise DataError(f"{where}: no 'belief'; use null for a verdict that could not be read")
    for name in ("swapped", "assigned"):
        if not isinstance(given.get(name), bool | None):
            raise DataError(f"{where}: {name} must be true, false or null, got {given[name]!r}")
    for name in ("truth", "argued"):
        if isinstance(given.get(name), float | str | list | dict):
            raise DataError(f"{where}: {name} must be an index, got {given[name]!r}")
    rounds = given.get("rounds") or []
    if not isinstance(rounds, list):
        raise DataError(f"{where}: rounds must be a list of beliefs, got {rounds!r}")
    mute = given.get("mute")
    return JudgementRow(
        question=name_of(where, given, "question") or "",
        belief=read_belief(where, "belief", given["belief"]),
        cluster=name_of(where, given, "cluster"),
        group=name_of(where, given, "group"),
        judge=name_of(where, given, "judge"),
        agent=name_of(where, given, "agent"),
        argued_by=_texts(given.get("argued_by")),
        choices=_texts(given.get("choices")),
        protocol=name_of(where, given, "protocol") or "all",
        argued=given.get("argued"),
        assigned=given.get("assigned"),
        rounds=tuple(read_belief(where, "rounds", one) for one in rounds),
        rounds_played=read_count(given, "rounds_played"),
        swapped=bool(given.get("swapped")),
        mute=mute if type(mute) is int else int(bool(mute)),
        speeches={
            role: {name: read_count(one, name) for name in SPEECHES}
            for role, one in _objects(given, "speeches").items()
        },
        judges_unread=read_count(given, "judges_unread"),
        judges_truncated=read_count(given, "judges_truncated"),
        quotes_verified=read_count(given, "quotes_verified"),
        quotes_near=read_count(given, "quotes_near"),
        quotes_false=read_count(given, "quotes_false"),
        words_cut=read_count(given, "words_cut"),
        calls=read_count(given, "calls"),
        usage=read_usage(given),
        simulated=given.get("simulated") is True,
        critic=read_belief(where, "critic", given.get("critic")),
        truth=given.get("truth"),
    )


def read_belief(where: str, field: str, belief: Any) -> Belief | None:
    """A belief; None if the verdict could not be read.

    Raises:
        DataError: the value is not a list of numbers.
    """
    if belief is None:
        return None
    if not isinstance(belief, list | tuple):
        raise DataError(f"{where}: {field} must be a list of probabilities, got {belief!r}")
    if not all(isinstance(p, int | float) and not isinstance(p, bool) for p in belief):
        raise DataError(f"{where}: {field} must contain only probabilities, got {list(belief)}")
    return tuple(belief)


def _texts(value: Any) -> tuple[str, ...]:
    is_list = isinstance(value, list | tuple) and all(isinstance(one, str) for one in value)
    return tuple(value) if is_list else ()


def read_count(row: Mapping[str, Any], name: str) -> int:
    """A count; 0 if it is missing or is not an integer."""
    value = row.get(name)
    return value if type(value) is int else 0


def read_usage(row: Mapping[str, Any]) -> dict[str, Spent]:
    """Tokens by role; missing counts are 0."""
    return {
        role: Spent(read_count(one, "input_tokens"), read_count(one, "output_tokens"))
        for role, one in _objects(row, "usage").items()
    }


def _objects(row: Mapping[str, Any], name: str) -> dict[str, Mapping[str, Any]]:
    """Objects inside an object, by key."""
    value = row.get(name)
    found = value.items() if isinstance(value, Mapping) else ()
    return {str(key): one for key, one in found if isinstance(one, Mapping)}
