"""Measures of protocols from a file of judgements, one verdict per line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from truing.errors import DataError
from truing.given import shown_all
from truing.measures import (
    GameResult,
    Games,
    Judgement,
    OversightMeasures,
    ProtocolMetrics,
    measure_oversight,
)
from truing.oversight import PERSON, JudgementRow, read_judgement, read_judgements
from truing.run_files import GAMES
from truing.runs._environment import OnMute
from truing.runs._files import read_rows, stamp
from truing.runs._values import as_text

SEED = 0  # of the bootstrap, so that the same file gives the same interval


def measure_judgements(
    path: Path, blind: str = "blind", on_mute: OnMute = "exclude", **scores: Any
) -> OversightMeasures:
    """Measure the protocols in a file of judgements.

    Args:
        path: the file.
        blind: name of the blind protocol.
        on_mute: treatment of plays in which a speech was refused, empty or cut off: `exclude`
            leaves their verdicts out, `count` counts them.
        scores: `clip` and `choice_score` of `measure_oversight`.

    Raises:
        DataError: a row is invalid.
    """
    judgements = [scored(where, row, on_mute) for where, row in read_judgements(path)]
    try:
        return measures_of(judgements, blind, games=games_beside(path), **scores)
    except ValueError as error:
        raise DataError(f"{path}: {error}") from None


def games_beside(path: Path) -> Games | None:
    """The games of a tournament beside a file of judgements; None without any.

    Rows that are no games are left out.
    """
    found: dict[tuple[str | None, str | None], list[GameResult]] = {}
    if stamp(path.parent, GAMES) is None:
        return None
    for row in read_rows(path.parent, GAMES).rows:
        with suppress(KeyError, TypeError, ValueError):
            game = GameResult(row["first"], row["second"], row["score"], cluster=row["cluster"])
            found.setdefault((row["protocol"], row["judge"]), []).append(game)
    return found or None


def measures_of(
    judgements: Iterable[Judgement], blind: str = "blind", **scores: Any
) -> OversightMeasures:
    """Measure judgements; ValueError if there are none, or a question is in two clusters.

    People who judge are a sample of judges, so they share rows; models have separate rows.
    """
    judgements = list(judgements)
    people = any((one.judge or "").startswith(PERSON) for one in judgements)
    rng = np.random.default_rng(SEED)
    return measure_oversight(judgements, blind=blind, rng=rng, pool_judges=people, **scores)


def notes_of(shown: Sequence[ProtocolMetrics]) -> list[str]:
    """The notes on the protocols as sentences, each with the names of its protocols."""
    texts = dict.fromkeys(note for one in shown for note in one.notes)
    return [f"{', '.join(noted(shown, text)) or 'All protocols'}: {text}." for text in texts]


def noted(shown: Sequence[ProtocolMetrics], text: str) -> list[str]:
    """Names of the rows with a note; none if all rows have it.

    The name of a protocol stands for its rows if all of them have the note.
    """
    if all(text in one.notes for one in shown):
        return []
    bare = {one.protocol for one in shown if text not in one.notes}
    having = (one for one in shown if text in one.notes)
    labels = (one.label if one.protocol in bare else one.protocol for one in having)
    return list(dict.fromkeys(labels))


def parse_judgement(where: str, row: Mapping[str, Any], on_mute: OnMute = "exclude") -> Judgement:
    """Read a row of judgements.jsonl as a judgement that can be scored.

    Raises:
        DataError: the row is invalid.
    """
    return scored(where, read_judgement(where, row), on_mute)


def read_damaged(where: str, row: Mapping[str, Any]) -> tuple[JudgementRow, DataError | None]:
    """Read a row of judgements.jsonl, and the error of an invalid row.

    An invalid row is read without its verdict, so that a page can list the play.
    """
    try:
        return read_judgement(where, row), None
    except DataError as error:
        names = [name for name in ("question", "protocol") if row.get(name)]
        texts = {name: as_text(row[name], 500) for name in names}
        return read_judgement(where, {"question": "?", **texts, "belief": None}), error


def shown_protocols(rows: Iterable[Any]) -> dict[str, str]:
    """Name of each protocol as pages show it: without the digest of a given protocol, if unique.

    Args:
        rows: rows of judgements.jsonl; rows of another form are ignored.
    """
    named = (row.get("protocol") for row in rows if isinstance(row, Mapping))
    names = tuple(dict.fromkeys(name for name in named if isinstance(name, str)))
    return dict(zip(names, shown_all(names), strict=True))


def scored(where: str, row: JudgementRow, on_mute: OnMute = "exclude") -> Judgement:
    """Convert a row to a judgement that can be scored. Rows of version 0.1.0 record no mute speech.

    Raises:
        DataError: the truth is missing, an index names no answer, or the beliefs are not
            probabilities.
    """
    if row.truth is None:
        raise DataError(f"{where}: 'truth' is missing; required are question and truth")
    try:
        return Judgement(
            row.question,
            row.truth,
            row.belief,
            row.protocol,
            row.argued,
            row.rounds,
            row.cluster,
            row.group,
            row.judge,
            row.assigned,
            mute=on_mute == "exclude" and row.mute > 0,
            agent=row.agent,
            argued_by=row.argued_by,
            critic=row.critic,
        )
    except ValueError as error:
        raise DataError(f"{where}: {error}") from None
