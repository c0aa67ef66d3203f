"""Tokens: who a researcher is. They are kept as hashes, and told once, when they are made."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import secrets
from contextlib import suppress
from pathlib import Path

from truing.errors import DataError, UserError, unwritable
from truing.json_lines import parse_lines, whole_lines

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
BITS = 256


def check_name(name: str) -> str:
    """The name of a researcher.

    Raises:
        UserError: it may not be one. Nothing is ever stored under it as a path.
    """
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise UserError(
            f"{str(name)[:80]!r} is no researcher's name; allowed are up to 64 letters, digits, "
            "'.', '_' and '-', of which the first is a letter or a digit"
        )
    return name


class Tokens:
    """The tokens of a referee's researchers, in `tokens.jsonl` in its folder.

    Each line holds a name and the SHA-256 of its token; a later line of a name replaces an earlier
    one. A token has 256 random bits, so that nobody finds one by trying, and a plain hash suffices.

    Args:
        folder: the referee's.
    """

    def __init__(self, folder: Path):
        self.path = folder / "tokens.jsonl"
        self._read: tuple[tuple[int, int], dict[str, str]] | None = None

    def issue(self, researcher: str) -> str:
        """A new token, which is not kept; one that the researcher had is no longer valid.

        Raises:
            UserError: a name that may not be.
            StorageError: the folder cannot be written to.
        """
        check_name(researcher)
        token = f"truing_{secrets.token_urlsafe(BITS // 8)}"
        line = json.dumps({"researcher": researcher, "sha256": _hash(token)}) + "\n"
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _append(self.path, line.encode())
        except OSError as error:
            advice = "serve the referee from a folder of yours"
            raise unwritable(f"the list of tokens {self.path}", error, advice) from None
        return token

    def researcher(self, token: str) -> str | None:
        """Whose token it is, or None; it takes equally long whichever it is not."""
        given, found = _hash(token), None
        for name, held in self._held().items():
            if hmac.compare_digest(given, held):
                found = name
        return found

    def __len__(self) -> int:
        return len(self._held())

    def _held(self) -> dict[str, str]:
        """Hashes by name, read again when the file has changed."""
        try:
            status = self.path.stat()
        except FileNotFoundError:
            return {}
        state = (status.st_size, status.st_mtime_ns)
        if self._read is None or self._read[0] != state:
            self._read = (state, _parse(self.path))
        return self._read[1]


def _append(path: Path, line: bytes) -> None:
    """Write a line for good, in place of the unfinished one that a full disk or a kill left."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    with os.fdopen(handle, "r+b") as file:
        with suppress(ImportError):  # on Windows
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX)
        file.seek(len(whole_lines(file.read())))
        file.truncate()
        file.write(line)
        file.flush()
        os.fsync(handle)


def _parse(path: Path) -> dict[str, str]:
    held: dict[str, str] = {}
    for line in parse_lines(whole_lines(path.read_bytes()).decode(errors="replace")):
        try:
            held[line.value["researcher"]] = line.value["sha256"]
        except (KeyError, TypeError):
            raise DataError(
                f"{path}, line {line.number} contains no token; remove the line"
            ) from None
    return held


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
