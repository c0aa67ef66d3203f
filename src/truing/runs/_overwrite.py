"""Remove a run from its folder: the files that truing wrote, and no others."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from truing.errors import DataError, UserError
from truing.given import OBJECTS
from truing.run_files import (
    ABOUT,
    AGENTS,
    CHARTS,
    CLAIMS,
    LEDGER,
    LEDGER_HEAD,
    LOGS,
    NOTES,
    PARTIAL,
    PEOPLE,
    PROGRESS,
    REPORT,
    SECRET,
    SIGNING_KEY,
)
from truing.runs._files import read_object
from truing.runs._kinds import OVERSIGHT, REFEREE, RESEARCH, RunKind
from truing.runs._progress import ANOTHER_FOLDER, in_use
from truing.runs._state import OUTLINES

DRAWN = (REPORT, f"{CHARTS}/*.svg", f"{CHARTS}/*.csv")
OF_ALL = (ABOUT, NOTES, PARTIAL, PROGRESS, *DRAWN, f"{OBJECTS}/*@*.*")
KEYS = (SECRET, SIGNING_KEY)
MORE = {
    OVERSIGHT.name: (f"{LOGS}/*.eval",),
    RESEARCH.name: (
        *KEYS,
        *(
            f"*/{one}"
            for one in (*KEYS, LEDGER_HEAD, f"{LEDGER}*", f"{CLAIMS}/*", f"{AGENTS}/**/*")
        ),
    ),
}
"""Patterns of the files that a run writes, besides those of its `RunKind`."""


def remove_run(folder: Path, kind: RunKind) -> None:
    """Remove the files of a run; other files in the folder remain.

    Raises:
        UserError: the run is in progress, contains the work of people or of other researchers,
            or was not written by truing.
        OSError: a file cannot be removed.
    """
    if in_use(folder):
        raise UserError(f"{folder} is in use by another command; stop it, or {ANOTHER_FOLDER}")
    if kind is REFEREE or (folder / LEDGER).exists() or (folder / PEOPLE).exists():
        whose = "answers of people" if (folder / PEOPLE).exists() else "a referee's ledger"
        raise UserError(
            f"{folder} contains {whose}, which --overwrite does not replace; delete the folder, "
            f"or {ANOTHER_FOLDER}"
        )
    try:
        OUTLINES[kind.name](folder, read_object(folder, kind.configuration))
    except DataError:
        raise UserError(
            f"{folder / kind.configuration} is not readable as a {kind.name} run; delete it, or "
            + ANOTHER_FOLDER
        ) from None
    names = (*OF_ALL, *MORE.get(kind.name, ()), *kind.others, kind.results, kind.configuration)
    _remove([path for name in names for path in folder.glob(name)], folder)


def _remove(paths: list[Path], folder: Path) -> None:
    """Remove files, and the folders in which nothing is left; links to folders are not followed."""
    inner = [path for path in paths if not path.parent.is_symlink() and not path.is_dir()]
    for path in inner:
        path.unlink(missing_ok=True)
    places = {place for path in inner for place in path.parents if folder in place.parents}
    for place in sorted(places, key=lambda one: -len(one.parts)):  # the innermost first
        with suppress(OSError):  # it contains other files
            place.rmdir()
