"""Tokens identify researchers. Only their hashes are stored; a token is printed once."""

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
from truing.run_files import TOKENS

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
BITS = 256


def check_name(name: str) -> str:
    """The name of a researcher, if it is allowed. Names are never used as paths.

    Raises:
        UserError: the name is not allowed.
    """
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise UserError(
            f"a researcher's name must have 1 to 64 letters, digits, '.', '_' and '-', and start "
            f"with a letter or a digit, got {str(name)[:80]!r}"
        )
    return name


class Tokens:
    """The tokens of a referee's researchers, in `tokens.jsonl` in its folder.

    Each line contains a name and the SHA-256 of its token. A later line of a name replaces an
    earlier line. A token has 256 random bits, so that it cannot be guessed and a plain hash
    suffices.

    Args:
        folder: folder of the referee.
    """

    def __init__(self, folder: Path):
        self.path = folder / TOKENS
        self._read: tuple[tuple[int, int], dict[str, str]] | None = None

    def issue(self, researcher: str) -> str:
        """A new token, which is not stored. The researcher's previous token becomes invalid.

        Raises:
            UserError: the name is not allowed.
            StorageError: the folder is not writable.
        """
        check_name(researcher)
        token = f"truing_{secrets.token_urlsafe(BITS // 8)}"
        line = json.dumps({"researcher": researcher, "sha256": _hash(token)}) + "\n"
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _append(self.path, line.encode())
        except OSError as error:
            advice = "serve the referee from a folder that you can write to"
            raise unwritable(f"the list of tokens {self.path}", error, advice) from None
        return token

    def researcher(self, token: str) -> str | None:
        """The researcher of a token, or None; compared in constant time."""
        given, found = _hash(token), None
        for name, stored in self._hashes().items():
            if hmac.compare_digest(given, stored):
                found = name
        return found

    def __len__(self) -> int:
        return len(self._hashes())

    def _hashes(self) -> dict[str, str]:
        """Hashes by name, read again after a change of the file."""
        try:
            status = self.path.stat()
        except FileNotFoundError:
            return {}
        state = (status.st_size, status.st_mtime_ns)
        if self._read is None or self._read[0] != state:
            self._read = (state, _parse(self.path))
        return self._read[1]


def _append(path: Path, line: bytes) -> None:
    """Append a line, and remove an incomplete last line after a full disk or a kill."""
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
    hashes: dict[str, str] = {}
    for line in parse_lines(whole_lines(path.read_bytes()).decode(errors="replace")):
        try:
            hashes[line.value["researcher"]] = line.value["sha256"]
        except (KeyError, TypeError):
            raise DataError(
                f"{path}, line {line.number} contains no token; remove the line"
            ) from None
    return hashes


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
