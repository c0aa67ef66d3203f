"""New folder: written under another name beside its place, and complete or absent."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from truing.errors import UserError, unwritable

OS_ERROR = re.compile(r"(?:os error |Errno )(\d+)")
"""Number of an error of the operating system, in the text of an error of Rust or Python."""


def check_empty(folder: Path) -> None:
    """Raise UserError if a folder contains files, or is a file."""
    if folder.exists() and not folder.is_dir():
        raise UserError(f"{folder} is not a folder; name a new or empty folder")
    if folder.is_dir() and any(folder.iterdir()):
        raise UserError(f"{folder} is not empty; name a new or empty folder")


@contextlib.contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """An empty folder with a temporary name, which gets its name at the end of the block.

    If the block fails, nothing remains.

    Raises:
        UserError: the folder is not empty.
        StorageError: the place is not writable, or the disk is full.
    """
    check_empty(folder)
    place = folder.absolute()
    draft = place.parent / f".draft-{place.name}-{os.getpid()}"
    above = [one for one in place.parents if not one.exists()]  # folders that are made for it
    with _writing(folder):
        draft.mkdir(parents=True)
    try:
        with _filling(folder):
            yield draft
        with _writing(folder):
            mode = draft.stat().st_mode & 0o666  # some libraries write files for their owner only
            for file in draft.rglob("*"):
                file.chmod(file.stat().st_mode | mode)
            os.replace(draft, place)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
        if not place.exists():
            with contextlib.suppress(OSError):
                for one in above:
                    one.rmdir()


@contextlib.contextmanager
def _writing(folder: Path) -> Iterator[None]:
    """Raise the one-line error for a folder that cannot be written to."""
    try:
        yield
    except OSError as error:
        raise unwritable(f"the folder {folder}", error, "name another folder") from error


@contextlib.contextmanager
def _filling(folder: Path) -> Iterator[None]:
    """Raise the one-line error if the disk refuses a file, of safetensors too."""
    from safetensors import SafetensorError

    try:
        yield
    except (OSError, SafetensorError) as error:
        number = OS_ERROR.search(str(error))
        if number is None:
            raise
        code = int(number[1])
        reason = OSError(code, os.strerror(code))
        raise unwritable(f"the folder {folder}", reason, "name another folder") from error
