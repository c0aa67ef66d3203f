"""Ledger head: number and hash of a ledger's last entry, in a file beside the ledger.

A restarted referee compares the ledger with this file, so that lost entries are detected.
"""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from typing import NamedTuple

from truing.run_files import LEDGER_HEAD


class LedgerHead(NamedTuple):
    """The last entry of a ledger.

    Attributes:
        number: number of the entry.
        hash: hash of the entry, which covers all entries before it.
    """

    number: int
    hash: str


def write_ledger_head(folder: Path, head: LedgerHead) -> None:
    """Replace the head file, unless it names a later entry.

    If the disk is full, the file stays unchanged. After a crash or on a full disk the file may be
    behind the ledger, but never ahead of it.
    """
    noted = read_ledger_head(folder)
    if noted is not None and noted.number > head.number:  # another process was faster
        return
    own = folder / f".{LEDGER_HEAD}-{secrets.token_hex(8)}"
    text = json.dumps(head._asdict()) + "\n"
    try:
        handle = os.open(own, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(handle)
        own.replace(folder / LEDGER_HEAD)
    except OSError:
        own.unlink(missing_ok=True)


def read_ledger_head(folder: Path) -> LedgerHead | None:
    """The stored head; None if the file is missing or unreadable."""
    try:
        noted = json.loads((folder / LEDGER_HEAD).read_text())
        return LedgerHead(int(noted["number"]), str(noted["hash"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
