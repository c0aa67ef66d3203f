"""Store: what was computed once is there for every later run, under its step's key.

An entry is one file: SHA-256 of the rest, then named arrays. It is put into its place as a whole,
so that a reader sees all of it or nothing, whoever is killed and however many processes and
machines share the store. An entry that does not match its checksum is removed and made again.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
from platformdirs import user_cache_path

from truing.errors import CorruptEntryError
from truing.studies._place import Folder, find_place

DIGEST = 32  # bytes of SHA-256


class Store:
    """Arrays under keys, in a folder or at any URL that fsspec opens.

    Args:
        location: where; by default `TRUING_STORE`, else the user's cache folder.

    Raises:
        UserError: a path that cannot be a folder, or a URL whose driver is missing.
        StoreError: the store cannot be written to.
    """

    def __init__(self, location: Path | str | None = None):
        given = location or os.environ.get("TRUING_STORE") or user_cache_path("truing")
        self._place = find_place(given)

    @property
    def location(self) -> str:
        """The folder or URL as text, from which other processes open the same store."""
        return self._place.location

    @property
    def folder(self) -> Path:
        """A folder for what must be files; of a store at a URL, the user's cache folder."""
        if isinstance(self._place, Folder):
            return self._place.path
        return user_cache_path("truing")

    def __contains__(self, key: str) -> bool:
        return self._place.has(_name(key))

    def write(self, key: str, arrays: dict[str, np.ndarray]) -> None:
        """Keep named arrays under a key; whatever stood there is replaced at once.

        Raises:
            StoreError: the disk is full, or the store may not be written to.
        """
        body = io.BytesIO()
        body.write(json.dumps(list(arrays)).encode() + b"\n")
        for array in arrays.values():
            np.lib.format.write_array(body, np.asarray(array), allow_pickle=False)
        content = body.getvalue()
        self._place.write(_name(key), hashlib.sha256(content).digest() + content)

    def read(self, key: str) -> dict[str, np.ndarray]:
        """Named arrays under a key.

        Raises:
            CorruptEntryError: there is no such entry, or it is damaged; then it was removed.
            StoreError: it may not be read.
        """
        try:
            content = self._place.read(_name(key))
        except FileNotFoundError as error:
            raise CorruptEntryError(f"the store's entry {key} is gone") from error
        if hashlib.sha256(content[DIGEST:]).digest() != content[:DIGEST]:
            self.remove(key)
            raise CorruptEntryError(f"the store's entry {key} was damaged")
        body = io.BytesIO(content[DIGEST:])
        names = json.loads(body.readline())
        return {name: np.lib.format.read_array(body, allow_pickle=False) for name in names}

    def remove(self, key: str) -> None:
        """Forget what is kept under a key, if anything is."""
        self._place.remove(_name(key))

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


def _name(key: str) -> str:
    return f"{key[:2]}/{key}"
