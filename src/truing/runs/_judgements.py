"""Judgements in a file, a verdict a line, and the measures of their protocols."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from truing.errors import DataError
from truing.measures import Judgement, Oversight, ProtocolFigures, measure_oversight
from truing.runs._environment import OnMute
from truing.tasks import name_of, need, read_rows

NO_TEXTS = ("truth", "argued", "assigned", "swapped", "mute", "belief", "rounds")
SEED = 0  # of the bootstrap: the same file gives the same interval


def measure_judgements(
    path: Path, blind: str = "blind", on_mute: OnMute = "exclude", **scores: Any
) -> Oversight:
    """Figures of a file's rows.

    Args:
        on_mute: treatment of plays in which a speech was refused, empty or cut off: `exclude`
            leaves their verdicts out, `count` counts them.
        scores: `clip` and `choice_score` of `measure_oversight`.

    Raises:
        DataError: rows that cannot be used.
    """
    rows = read_rows(path, NO_TEXTS)
    judgements = [parse_judgement(where, row, on_mute) for where, row in rows]
    try:
        return figures_of(judgements, blind, **scores)
    except ValueError as error:
        raise DataError(f"{path}: {error}") from None


def figures_of(judgements: Iterable[Judgement], blind: str = "blind", **scores: Any) -> Oversight:
    """Figures of judgements; ValueError where there are none, or one question in two clusters."""
    return measure_oversight(judgements, blind=blind, rng=np.random.default_rng(SEED), **scores)


def notes_of(shown: Sequence[ProtocolFigures]) -> list[str]:
    """What must be known of some protocols, or of all, a sentence each."""
    told = []
    for text in dict.fromkeys(note for one in shown for note in one.notes):
        held = dict.fromkeys(one.protocol for one in shown if text in one.notes)
        everywhere = all(text in one.notes for one in shown)
        told.append(f"{'All' if everywhere else ', '.join(held)}: {text}.")
    return told


def parse_judgement(where: str, row: dict[str, Any], on_mute: OnMute = "exclude") -> Judgement:
    """A row as a judgement; rows of version 0.1.0 do not say whether it counts."""
    need(where, row, "question", "truth")
    if "belief" not in row:
        raise DataError(f"{where}: no 'belief'; null says that a verdict could not be read")
    if not isinstance(row.get("swapped", False), bool | None):
        raise DataError(f"{where}: swapped must be true or false, not {row['swapped']!r}")
    if not isinstance(row.get("assigned"), bool | None):
        raise DataError(f"{where}: assigned must be true, false or null, got {row['assigned']!r}")
    for field in ("truth", "argued"):
        if isinstance(row.get(field), float | str | list | dict):
            raise DataError(f"{where}: {field} must be an index, not {row[field]!r}")
    rounds = row.get("rounds") or []
    if not isinstance(rounds, list):
        raise DataError(f"{where}: rounds must be a list of beliefs, not {rounds!r}")
    fields = {
        "truth": row["truth"],
        "argued": row.get("argued"),
        "assigned": row.get("assigned"),
        "belief": _belief(where, "belief", row["belief"]),
        "rounds": tuple(_belief(where, "rounds", belief) for belief in rounds),
        "protocol": name_of(where, row, "protocol", "all"),
        "mute": on_mute == "exclude" and bool(row.get("mute")),
        **{name: name_of(where, row, name) for name in ("question", "cluster", "group", "judge")},
    }
    try:
        return Judgement(**fields)
    except ValueError as error:
        raise DataError(f"{where}: {error}") from None


def _belief(where: str, field: str, belief: Any) -> tuple[float, ...] | None:
    if not isinstance(belief, list | None):
        raise DataError(f"{where}: {field} must hold lists of probabilities, not {belief!r}")
    return None if belief is None else tuple(belief)
