"""Ledgers in the folder of a research run: their locations, and what is read without checks."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from pathlib import Path
from typing import Any

from truing.errors import DataError, UserError
from truing.run_files import LEDGER
from truing.runs._files import read_object, stamp
from truing.runs._kinds import RESEARCH
from truing.runs._values import as_text


def has_ledger(folder: Path) -> bool:
    """Whether a folder contains the ledger of a referee."""
    return (folder / LEDGER).is_file()


def referee_folders(folder: Path) -> list[Path]:
    """Folders with a ledger: the folder itself, or one per researcher. Links are ignored.

    The order is that of the configuration: the researchers, then the control.
    """
    if stamp(folder, LEDGER):
        return [folder]
    try:
        within = sorted(one for one in folder.iterdir() if one.is_dir() and not one.is_symlink())
    except OSError:
        return []
    try:
        researchers = read_object(folder, RESEARCH.configuration).get("researchers")
    except DataError:
        researchers = None
    order = researchers if isinstance(researchers, list) else []
    found = [one for one in within if stamp(one, LEDGER)]
    return sorted(found, key=lambda one: order.index(one.name) if one.name in order else len(order))


def ledger_of(folder: Path, researcher: str) -> Path:
    """Path of a researcher's ledger: a separate file, or the shared ledger of the folder."""
    return folder / LEDGER if has_ledger(folder) else folder / researcher.replace("/", "-") / LEDGER


def ledgers_in(place: Path) -> list[Path]:
    """Paths of the ledgers of a research run.

    Args:
        place: a ledger file, the folder of a referee, or a run folder with one ledger per
            researcher.

    Raises:
        UserError: there is no ledger.
    """
    if place.is_file():
        return [place]
    found = [place / LEDGER] if has_ledger(place) else sorted(place.glob(f"*/{LEDGER}"))
    if not found:
        raise UserError(f"{place} contains no ledger; name a run folder or a ledger file")
    return found


def entry_counts(path: Path) -> dict[str, int]:
    """Count the entries of each kind in a ledger without verifying them.

    Raises:
        DataError: the file cannot be read as a ledger.
    """
    return dict(_query(path, "SELECT kind, count(*) FROM entries GROUP BY kind"))


def first_entry_time(folder: Path) -> datetime | None:
    """Time of the first entry of the ledger in a folder, without verifying it; None without one."""
    if stamp(folder, LEDGER) is None:
        return None
    try:
        ((time,),) = _query(folder / LEDGER, "SELECT time FROM entries WHERE number = 1")
        return datetime.fromisoformat(str(time)).astimezone()
    except (DataError, ValueError, OverflowError):
        return None


def _query(path: Path, query: str) -> list[Any]:
    """The rows of a query to a ledger."""
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=1)
        try:
            return connection.execute(query).fetchall()
        finally:
            connection.close()
    except (sqlite3.Error, UnicodeError, ValueError) as error:
        raise DataError(f"{path.name} cannot be read ({as_text(str(error), 200)})") from None
