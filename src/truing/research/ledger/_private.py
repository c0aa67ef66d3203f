"""Private files: only the owner can read the files that a referee writes."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from truing.errors import Notice
from truing.run_files import PRIVATE

OTHERS = 0o077  # permission bits of the group and of all other users


@contextmanager
def writing_privately() -> Iterator[None]:
    """Context in which new files and folders are accessible to their owner only."""
    before = os.umask(OTHERS)
    try:
        yield
    finally:
        os.umask(before)


def close_to_others(folder: Path) -> None:
    """Remove other users' access to a referee's files, and warn if they can open its folder.

    The mode of the folder is not changed, because it may contain files of other programs.
    """
    for path in (folder / name for name in PRIVATE):
        with suppress(OSError):  # the file is missing, or another user owns it
            mode = path.lstat().st_mode & 0o777
            if mode & OTHERS and not path.is_symlink():
                path.chmod(mode & ~OTHERS)
    if _others_reach(folder):
        mode = folder.stat().st_mode & 0o777
        warnings.warn(
            Notice(
                f"{folder} contains true scores, and other users of this machine can open it (mode "
                f"{mode:o}); run chmod 700 {folder}"
            ),
            stacklevel=2,
        )


def _others_reach(folder: Path) -> bool:
    """Whether other users can open a folder and every folder above it."""
    place = folder.absolute()
    if not place.stat().st_mode & OTHERS:
        return False
    return all(above.stat().st_mode & 0o011 for above in place.parents)
