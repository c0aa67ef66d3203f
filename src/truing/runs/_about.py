"""Name and start of a run, stored as about.json: facts that do not change its results."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from truing.errors import DataError, UserError
from truing.run_files import ABOUT, PROGRESS
from truing.runs._files import read_bytes, read_object, stamp
from truing.runs._kinds import RunKind
from truing.runs._ledgers import first_entry_time
from truing.runs._progress import read_progress
from truing.runs._values import clean
from truing.studies import write_whole

LONGEST = 80  # characters of a name


@dataclass(frozen=True)
class About:
    """Name and start of a run.

    Attributes:
        name: the name that the user gave; empty if there is none.
        started: time of the start; None if it is not known.
    """

    name: str = ""
    started: datetime | None = None


def read_about(folder: Path, kind: RunKind) -> About:
    """Read name and start of a run; of a run without about.json, estimate the start."""
    try:
        stated = read_object(folder, ABOUT)
    except DataError:
        stated = {}
    started: datetime | None
    try:
        started = datetime.fromisoformat(str(stated["started"])).astimezone()
    except (KeyError, ValueError, OverflowError):
        started = _began(folder, kind)
    name = stated.get("name")
    text = " ".join(clean(name).split())[:LONGEST] if isinstance(name, str) else ""
    return About(text, started)


def labeled(path: str, name: str) -> str:
    """Label of a run in lists: its path, after the name that the user gave.

    Examples:
        >>> from truing.runs import labeled
        >>> labeled("runs/first", "First try"), labeled("runs/first", "")
        ('First try (runs/first)', 'runs/first')
    """
    return f"{name} ({path})" if name else path


def write_about(folder: Path, name: str) -> bool:
    """Write about.json of a new run, or the new name of a run; returns whether it changed."""
    path = folder / ABOUT
    try:
        known = read_object(folder, ABOUT)
    except DataError:
        known = {}
    stated = {"name": "", "started": _now()} | known | ({"name": name} if name else {})
    if stated == known:
        return False
    write_whole(path, (json.dumps(stated) + "\n").encode())
    return True


def check_name(name: str) -> None:
    """Raise UserError if a name of a run is not a line of text of at most 80 characters."""
    if not isinstance(name, str) or len(name) > LONGEST or not name.isprintable():
        raise UserError(f"name must be one line of at most {LONGEST} characters, got {name!r}")


def _now() -> str:
    return datetime.now().astimezone().isoformat(timespec="seconds")


def _began(folder: Path, kind: RunKind) -> datetime | None:
    """Start of a run from its recorded progress, its ledger, or the time of its configuration file.

    Every new entry changes the file of a ledger, and every report of a served research run writes
    the configuration again. So the time of neither file is the start.
    """
    try:
        progress = read_progress(read_bytes(folder, PROGRESS, 100_000))
    except DataError:
        progress = None
    if progress is None and (opened := first_entry_time(folder)) is not None:
        return opened
    at = stamp(folder, kind.configuration)
    seconds = progress.began if progress else at[0] / 1e9 if at else None
    try:
        return None if seconds is None else datetime.fromtimestamp(seconds).astimezone()
    except (ValueError, OverflowError, OSError):
        return None
