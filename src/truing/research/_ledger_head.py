"""Ledger head: number and hash of a ledger's last entry, in a file beside the ledger.

A restart compares the ledger with the file, so that a lost end is noticed.
"""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from typing import NamedTuple

HEAD_FILE = "head.json"


class LedgerHead(NamedTuple):
    """The last entry of a ledger.

    Attributes:
        number: of the entry.
        hash: of the entry, which covers all entries before it.
    """

    number: int
    hash: str


def write_ledger_head(folder: Path, head: LedgerHead) -> None:
    """Replace the head file, unless it is ahead; a disk that is full leaves it as it was.

    The file may be behind the ledger, after a crash or a full disk, and never ahead of it.
    """
    noted = read_ledger_head(folder)
    if noted is not None and noted.number > head.number:  # another process was faster
        return
    own = folder / f".{HEAD_FILE}-{secrets.token_hex(8)}"
    text = json.dumps(head._asdict()) + "\n"
    try:
        handle = os.open(own, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(handle)
        own.replace(folder / HEAD_FILE)
    except OSError:
        own.unlink(missing_ok=True)


def read_ledger_head(folder: Path) -> LedgerHead | None:
    """The head as noted last; None where nothing readable is noted."""
    try:
        noted = json.loads((folder / HEAD_FILE).read_text())
        return LedgerHead(int(noted["number"]), str(noted["hash"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
