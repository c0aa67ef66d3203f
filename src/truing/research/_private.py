"""Private: what a referee writes is for its owner alone."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from truing.errors import Notice

OTHERS = 0o077  # permissions of the group and of all other users
FILES = (
    "ledger.sqlite",
    "ledger.sqlite-wal",
    "ledger.sqlite-shm",
    "secret",
    "signing_key",
    "head.json",
    "tokens.jsonl",
    "research.json",
    "environment.json",
    "report.json",
    "report.html",
)
CHARTS = "charts"


@contextmanager
def writing_privately() -> Iterator[None]:
    """Files and folders made within are for their owner alone."""
    before = os.umask(OTHERS)
    try:
        yield
    finally:
        os.umask(before)


def close_to_others(folder: Path) -> None:
    """Close a referee's own files to others; a Notice where its folder is open to them.

    The folder's mode stays as its owner set it, because other files may lie in it.
    """
    for path in (*(folder / name for name in FILES), folder / CHARTS):
        with suppress(OSError):  # it is not there, or not ours
            mode = path.lstat().st_mode & 0o777
            if mode & OTHERS and not path.is_symlink():
                path.chmod(mode & ~OTHERS)
    if _others_reach(folder):
        mode = folder.stat().st_mode & 0o777
        warnings.warn(
            Notice(
                f"{folder} is open to other users of this machine (mode {mode:o}), and true "
                f"scores lie in it; run chmod 700 {folder}"
            ),
            stacklevel=2,
        )


def _others_reach(folder: Path) -> bool:
    """Whether a folder is open to others, and so is every folder above it."""
    place = folder.absolute()
    if not place.stat().st_mode & OTHERS:
        return False
    return all(above.stat().st_mode & 0o011 for above in place.parents)
