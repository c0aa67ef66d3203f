"""Ledgers of a research run: where they are in its folder."""

from __future__ import annotations

from pathlib import Path

from truing.errors import DataError, UserError
from truing.runs._files import read_object, stamp
from truing.runs._kinds import LEDGER, RESEARCH


def has_ledger(folder: Path) -> bool:
    """Whether a folder is that of a referee."""
    return (folder / LEDGER).is_file()


def referee_folders(folder: Path) -> list[Path]:
    """The folders of referees: the folder itself, or one for each researcher, with no links.

    Researchers are in the order of the configuration: the researcher, then its control.
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
    """The ledger of a researcher: its own, or that of the referee whom it shares with others."""
    return folder / LEDGER if has_ledger(folder) else folder / researcher.replace("/", "-") / LEDGER


def ledgers_in(place: Path) -> list[Path]:
    """The ledgers of a research run: the file itself, the folder's, or those of its researchers.

    Raises:
        UserError: there is none.
    """
    if place.is_file():
        return [place]
    found = [place / LEDGER] if has_ledger(place) else sorted(place.glob(f"*/{LEDGER}"))
    if not found:
        raise UserError(f"{place} contains no ledger")
    return found
