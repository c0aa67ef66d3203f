"""Judgements in a file, a verdict a line, and the measures of their protocols."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from truing.errors import DataError
from truing.measures import Judgement, Oversight, ProtocolFigures, measure_oversight
from truing.oversight import JudgementRow, read_judgement, read_judgements
from truing.runs._environment import OnMute

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
    judgements = [scored(where, row, on_mute) for where, row in read_judgements(path)]
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


def parse_judgement(where: str, row: Mapping[str, Any], on_mute: OnMute = "exclude") -> Judgement:
    """A row of judgements.jsonl as a judgement that can be scored.

    Raises:
        DataError: a row that cannot be used.
    """
    return scored(where, read_judgement(where, row), on_mute)


def scored(where: str, row: JudgementRow, on_mute: OnMute = "exclude") -> Judgement:
    """A row as a judgement that can be scored; rows of version 0.1.0 count whatever was said.

    Raises:
        DataError: no truth, an index that names no answer, or beliefs that are no probabilities.
    """
    if row.truth is None:
        raise DataError(f"{where}: no 'truth'; needed are question, truth")
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
        )
    except ValueError as error:
        raise DataError(f"{where}: {error}") from None
