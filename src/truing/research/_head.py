"""Head file: number and hash of a ledger's last entry, so that a restart notices a lost end."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path

HEAD_FILE = "head.json"


def write_head(folder: Path, number: int, hashed: str) -> None:
    """Replace the head file, unless it is ahead; a disk that is full leaves it as it was.

    The file may be behind the ledger, after a crash or a full disk, and never ahead of it.
    """
    noted = read_head(folder)
    if noted is not None and noted[0] > number:  # another process was faster
        return
    own = folder / f".{HEAD_FILE}-{secrets.token_hex(8)}"
    text = json.dumps({"number": number, "hash": hashed}) + "\n"
    try:
        handle = os.open(own, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(handle)
        own.replace(folder / HEAD_FILE)
    except OSError:
        own.unlink(missing_ok=True)


def read_head(folder: Path) -> tuple[int, str] | None:
    """Number and hash as noted last; None where nothing readable is noted."""
    try:
        noted = json.loads((folder / HEAD_FILE).read_text())
        return int(noted["number"]), str(noted["hash"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
