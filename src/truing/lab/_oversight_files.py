"""Read the files of an oversight run; missing and damaged files are empty."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from truing.errors import DataError
from truing.json_lines import parse_lines
from truing.oversight import JudgementRow, Overseen, PlayTranscript, Requests, read_judgements
from truing.oversight.pressure import PressureRow, read_pressure
from truing.oversight.tournaments import Game
from truing.runs import GAMES, OVERSIGHT, PRESSURE, REQUESTS, TRANSCRIPTS


def _pressed(path: Path) -> tuple[PressureRow, ...]:
    """The recorded candidates; empty if the file is missing or damaged."""
    try:
        return tuple(row for _, row in read_pressure(path)) if path.exists() else ()
    except DataError:
        return ()


def read_requests(folder: Path) -> Requests:
    """Settings of requests of a run folder; the defaults if missing or damaged."""
    try:
        return Requests.from_json(json.loads((folder / REQUESTS).read_text()))
    except (OSError, ValueError, TypeError):
        return Requests()


def read_games(folder: Path) -> tuple[Game, ...]:
    """Games of a run folder; empty if it contains no tournament or the file is damaged."""
    try:
        return tuple(Game(**row) for row in _rows(folder / GAMES))
    except TypeError:
        return ()


def read_overseen(folder: Path) -> Overseen:
    """Read the judgements and transcripts of a run folder; empty if missing or damaged."""
    return Overseen(
        _recorded(folder / OVERSIGHT.results),
        _transcripts(folder / TRANSCRIPTS),
        pressed=_pressed(folder / PRESSURE),
    )


def _recorded(path: Path) -> tuple[JudgementRow, ...]:
    """The recorded judgements; empty if the file is missing or damaged."""
    try:
        return tuple(row for _, row in read_judgements(path))
    except DataError:
        return ()


def _rows(path: Path) -> tuple[dict[str, Any], ...]:
    """The objects of a JSONL file; empty if the file is missing or damaged."""
    try:
        lines = list(parse_lines(path.read_text()))
    except (OSError, ValueError):
        return ()
    return () if any(line.error for line in lines) else tuple(line.value for line in lines)


def _transcripts(path: Path) -> tuple[PlayTranscript, ...]:
    try:
        return tuple(PlayTranscript.from_json(row) for row in _rows(path))
    except ValueError:
        return ()
