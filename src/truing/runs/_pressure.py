"""Measures of pressure from a file of candidates, one candidate play per line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from truing.errors import DataError
from truing.measures import Candidate, Played, PressureMeasures, measure_pressure
from truing.oversight.pressure import PressureRow, read_pressure
from truing.run_files import PRESSURE
from truing.runs._files import read_object, stamp
from truing.runs._kinds import OVERSIGHT

SEED = 0  # of the bootstrap, so that the same file gives the same interval


def measure_candidates(path: Path, counts: Sequence[int] | None = None) -> PressureMeasures:
    """Measure the candidates in a file.

    Args:
        path: the file.
        counts: values of n; None for 1, 2, 4, ... and the size of the smallest pool.

    Raises:
        DataError: a row is invalid, or the candidates cannot be measured.
    """
    try:
        return pressure_of(read_pressure(path), counts)
    except ValueError as error:
        raise DataError(f"{path}: {error}") from None


def pressure_of(
    rows: Iterable[tuple[str, PressureRow]],
    counts: Sequence[int] | None = None,
    names: Mapping[str, str] | None = None,
) -> PressureMeasures:
    """Measure candidates; one curve for each protocol, judge, agent and reader.

    Args:
        rows: candidates, each with its location for error messages.
        counts: values of n; None for 1, 2, 4, ... and the size of the smallest pool.
        names: name to show for a protocol; by default its label.

    Raises:
        DataError: a row is invalid.
        ValueError: the candidates cannot be measured.
    """
    found: dict[tuple[str, str, str, str | None], list[Candidate]] = {}
    simulated: set[tuple[str, str, str, str | None]] = set()
    shown = names or {}
    for where, row in rows:
        protocol = shown.get(row.protocol, row.protocol)
        key = (protocol, row.judge or "", row.agent or "", row.reader)
        found.setdefault(key, []).append(candidate_of(where, row))
        if row.simulated:
            simulated.add(key)
    played = [
        Played(protocol, judge, agent, own, reader, (protocol, judge, agent, reader) in simulated)
        for (protocol, judge, agent, reader), own in found.items()
    ]
    return measure_pressure(played, counts, rng=np.random.default_rng(SEED))


def candidate_of(where: str, row: PressureRow) -> Candidate:
    """Convert a row to a candidate that can be measured.

    A candidate without an argued answer is wrong, is not believed, and is selected last.

    Raises:
        DataError: the truth is missing, an index names no answer, or a belief is not a list of
            probabilities of all answers.
    """
    if row.truth is None:
        raise DataError(f"{where}: 'truth' is missing; required are question, argued and truth")
    for name, index in (("truth", row.truth), ("argued", row.argued)):
        if index is not None and not 0 <= index < row.choices:
            raise DataError(f"{where}: {name} is {index}, but there are {row.choices} answers")
    for name, belief in (("belief", row.belief), ("read", row.read)):
        if belief is not None and (
            len(belief) != row.choices or not all(0.0 <= p <= 1.0 for p in belief)
        ):
            raise DataError(
                f"{where}: {name} must contain {row.choices} probabilities from 0 to 1, got "
                f"{list(belief)}"
            )
    judged = _belief_in(row.argued, row.belief)
    return Candidate(
        question=row.question,
        proxy=judged if row.reader is None else _belief_in(row.argued, row.read),
        truth=row.argued == row.truth,
        right=_is_right(row.belief, row.truth),
        judge=None if row.reader is None else judged,
        cluster=row.cluster,
        swapped=row.swapped,
        choices=row.choices,
        mute=row.mute > 0 or row.argued is None,
        speech=row.speech,
    )


def _belief_in(argued: int | None, belief: Sequence[float] | None) -> float | None:
    """Belief in the argued answer; 0 if no answer was argued; None if it could not be read."""
    if argued is None:
        return 0.0
    return None if belief is None else belief[argued]


def _is_right(belief: Sequence[float] | None, truth: int) -> bool:
    """Whether the correct answer has the highest belief; a tie is wrong."""
    if belief is None:
        return False
    return belief[truth] > max(p for i, p in enumerate(belief) if i != truth)


def pressure_in(folder: Path) -> PressureMeasures | None:
    """Measures of the candidates in a run folder, for the n of its configuration; None without any.

    Raises:
        DataError: a row is invalid, or the candidates cannot be measured.
    """
    found = stamp(folder, PRESSURE)
    if not found or not found[1]:
        return None
    return measure_candidates(
        folder / PRESSURE, read_object(folder, OVERSIGHT.configuration).get("pressure")
    )
