"""Pressure row: a candidate play as a line of pressure.jsonl, with its only reader and writer.

Other tools may write such files too: a row requires `question`, `argued` and `belief`; scoring
requires `truth` as well.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from truing.errors import DataError
from truing.oversight._judgement_row import Belief, read_belief, read_count, read_usage
from truing.oversight._match import Players
from truing.oversight._spent import Spent
from truing.oversight.pressure._press import Pressed
from truing.oversight.replies import count_words
from truing.oversight.rules import Setup
from truing.tasks import name_of, need, read_rows

NOT_TEXTS = (
    *("truth", "argued", "swapped", "belief", "read", "choices", "mute", "words", "simulated"),
    *("candidate", "usage"),
)
"""Fields that a CSV file contains as numbers, lists, objects or true/false."""


@dataclass(frozen=True)
class PressureRow:
    """A candidate play. Indices of answers refer to the question set.

    Attributes:
        question, cluster: id and cluster of the question; None if not stated.
        argued: index of the answer for which the candidate argues; None if the speaker's choice
            could not be read.
        belief: the judge's verdict; None if it could not be read.
        read: the reader's belief, if a reader selects; None if it could not be read.
        candidate: number of the candidate in its pool, from 1.
        choices: number of answers.
        protocol: label of the protocol.
        judge, agent, reader: names of the models that judge, speak and select; `reader` is None if
            the judge selects.
        play: identifier of the play without selection.
        swapped: whether the answers were shown in reverse order.
        mute: number of replies that are not a speech.
        words: number of words of the draft.
        speech: digest of the draft.
        usage: tokens of the candidate's replies by role. Replies that several candidates share
            count for the first of them.
        simulated: whether an embedded agent or a generated question was involved.
        truth: index of the correct answer; None while the ground truth is withheld.
    """

    question: str
    argued: int | None
    belief: Belief | None
    read: Belief | None = None
    candidate: int = 1
    choices: int = 2
    cluster: str | None = None
    protocol: str = "all"
    judge: str | None = None
    agent: str | None = None
    reader: str | None = None
    play: str = ""
    swapped: bool = False
    mute: int = 0
    words: int = 0
    speech: str = ""
    usage: Mapping[str, Spent] = field(default_factory=dict)
    simulated: bool = False
    truth: int | None = None

    def to_json(self) -> dict[str, Any]:
        """JSON form of the row; without `truth` while the ground truth is withheld."""
        row: dict[str, Any] = {
            "question": self.question,
            "cluster": self.cluster,
            "choices": self.choices,
            "protocol": self.protocol,
            "judge": self.judge,
            "agent": self.agent,
            "reader": self.reader,
            "play": self.play,
            "candidate": self.candidate,
            "argued": self.argued,
            "belief": None if self.belief is None else list(self.belief),
            "swapped": self.swapped,
            "mute": self.mute,
            "words": self.words,
            "speech": self.speech,
            "usage": {
                role: {"input_tokens": one.read, "output_tokens": one.written}
                for role, one in self.usage.items()
            },
            "simulated": self.simulated,
        }
        if self.reader is not None:
            row["read"] = None if self.read is None else list(self.read)
        return row if self.truth is None else row | {"truth": self.truth}


def pressure_row(
    label: str,
    pressed: Pressed,
    players: Players,
    reader: str | None,
    simulated: bool,
    usage: Mapping[str, Spent],
) -> PressureRow:
    """Row of a candidate, without the ground truth.

    Args:
        label: label of the protocol.
        players: names of the models that judge and speak.
        reader: name of the model that selects; None if the judge selects.
        simulated: whether an embedded agent or a generated question was involved.
        usage: tokens of the candidate's replies by role.
    """
    draft, play = pressed.draft, pressed.play
    setup = draft.setup
    place = play.argued if draft.place is None else draft.place
    own = [turn.speech.said for turn in play.turns if turn.argues == place]
    said = own if place is not None else []
    return PressureRow(
        question=setup.question.id,
        argued=None if place is None else setup.order[place],
        belief=_restored(setup, play.verdict),
        read=_restored(setup, pressed.read),
        candidate=draft.number,
        choices=len(setup.question.choices),
        cluster=setup.question.cluster,
        protocol=label,
        judge=players.judge,
        agent=players.agent or None,
        reader=reader,
        play=setup.id,
        swapped=setup.swapped,
        mute=sum(bool(turn.speech.silence) for turn in play.turns),
        words=sum(map(count_words, said)),
        speech=hashlib.sha256("\0".join(said).encode()).hexdigest()[:12],
        usage=dict(sorted(usage.items())),
        simulated=simulated,
    )


def _restored(setup: Setup, belief: Belief | None) -> Belief | None:
    return None if belief is None else setup.restored(belief)


def read_pressure(path: Path) -> list[tuple[str, PressureRow]]:
    """Rows of a file of candidates (JSONL, CSV or another table), each with its location.

    Raises:
        DataError: the file or a row is unusable.
    """
    return [(where, read_pressure_row(where, row)) for where, row in read_rows(path, NOT_TEXTS)]


def read_pressure_row(where: str, row: Mapping[str, Any]) -> PressureRow:
    """Read a row.

    Args:
        where: location of the row, for error messages.

    Raises:
        DataError: a required field is missing, or a value that scores depend on is unusable.
    """
    given = dict(row)
    need(where, given, "question")
    for name in ("argued", "belief"):
        if name not in given:
            raise DataError(f"{where}: no {name!r}; required are question, argued and belief")
    for name in ("truth", "argued"):
        if not isinstance(given.get(name), int | None) or isinstance(given.get(name), bool):
            raise DataError(f"{where}: {name} must be an index, got {given[name]!r}")
    if not isinstance(given.get("swapped"), bool | None):
        raise DataError(f"{where}: swapped must be true, false or null, got {given['swapped']!r}")
    belief = read_belief(where, "belief", given["belief"])
    read = read_belief(where, "read", given.get("read"))
    stated = next((one for one in (belief, read) if one is not None), None)
    return PressureRow(
        question=name_of(where, given, "question") or "",
        argued=given["argued"],
        belief=belief,
        read=read,
        candidate=read_count(given, "candidate"),
        choices=read_count(given, "choices") or len(stated or (0.0, 0.0)),
        cluster=name_of(where, given, "cluster"),
        protocol=name_of(where, given, "protocol") or "all",
        judge=name_of(where, given, "judge"),
        agent=name_of(where, given, "agent"),
        reader=name_of(where, given, "reader"),
        play=name_of(where, given, "play") or "",
        swapped=bool(given.get("swapped")),
        mute=read_count(given, "mute"),
        words=read_count(given, "words"),
        speech=name_of(where, given, "speech") or "",
        usage=read_usage(given),
        simulated=given.get("simulated") is True,
        truth=given.get("truth"),
    )
