"""Store: what was computed once is there for every later run, under its step's key.

An entry is one file: SHA-256 of the rest, then named arrays. It is written beside its place and
moved into it, so that a reader sees all of it or nothing, whoever is killed and however many
processes share the folder. An entry that does not match its checksum is removed and made again.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from platformdirs import user_cache_path

from truing.errors import CorruptEntryError, StoreError

DIGEST = 32  # bytes of SHA-256


class Store:
    """Arrays under keys, in a folder.

    Args:
        folder: where; by default `TRUING_STORE`, else the user's cache folder.

    Raises:
        StoreError: the folder cannot be made or written to.
    """

    def __init__(self, folder: Path | str | None = None):
        given = folder or os.environ.get("TRUING_STORE") or user_cache_path("truing")
        self.folder = Path(given).expanduser().absolute()
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.folder):
                pass
        except OSError as error:
            raise StoreError(
                f"the store {self.folder} cannot be written to ({error.strerror}); "
                "set TRUING_STORE to a folder of yours"
            ) from error

    def __contains__(self, key: str) -> bool:
        return self._path(key).is_file()

    def write(self, key: str, arrays: dict[str, np.ndarray]) -> None:
        """Keep named arrays under a key; whatever stood there is replaced at once.

        Raises:
            StoreError: the disk is full, or the folder may not be written to.
        """
        body = io.BytesIO()
        body.write(json.dumps(list(arrays)).encode() + b"\n")
        for array in arrays.values():
            np.lib.format.write_array(body, np.asarray(array), allow_pickle=False)
        content = body.getvalue()
        path = self._path(key)
        try:
            path.parent.mkdir(exist_ok=True)
            write_whole(path, hashlib.sha256(content).digest() + content)
        except OSError as error:
            raise StoreError(
                f"the store {self.folder} cannot be written to ({error.strerror})"
            ) from error

    def read(self, key: str) -> dict[str, np.ndarray]:
        """Named arrays under a key.

        Raises:
            CorruptEntryError: there is no such entry, or it is damaged; then it was removed.
            StoreError: it may not be read.
        """
        path = self._path(key)
        try:
            content = path.read_bytes()
        except FileNotFoundError as error:
            raise CorruptEntryError(f"{path} is gone") from error
        except OSError as error:
            raise StoreError(
                f"{path} cannot be read ({error.strerror}); remove it, or mend its permissions"
            ) from error
        if hashlib.sha256(content[DIGEST:]).digest() != content[:DIGEST]:
            path.unlink(missing_ok=True)
            raise CorruptEntryError(f"{path} was damaged")
        body = io.BytesIO(content[DIGEST:])
        names = json.loads(body.readline())
        return {name: np.lib.format.read_array(body, allow_pickle=False) for name in names}

    def intact(self, key: str) -> bool:
        """Whether there is an entry that matches its checksum; a damaged one is removed."""
        try:
            self.read(key)
        except CorruptEntryError:
            return False
        return True

    def write_json(self, key: str, value: Any) -> None:
        """Keep a JSON value under a key."""
        self.write(key, {"json": np.frombuffer(json.dumps(value).encode(), np.uint8)})

    def read_json(self, key: str) -> Any:
        """A JSON value under a key; raises as `read` does."""
        return json.loads(self.read(key)["json"].tobytes())

    def _path(self, key: str) -> Path:
        return self.folder / key[:2] / key


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that it is never seen in part: beside its place first, then moved into it."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".part-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(name).chmod(0o666 & ~_umask())  # readable by those who share the folder
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _umask() -> int:
    """The process's mask of file permissions, which can be read only by setting it."""
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
