"""Store: results of steps by key, for reuse in later runs.

An entry is a file: the SHA-256 of its content, then named arrays. It is written atomically, so that
a reader sees the whole entry or none, even if processes are killed and many processes and machines
share the store. An entry that does not match its checksum is removed and computed again.
"""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
from platformdirs import user_cache_path

from truing.calls import checked
from truing.errors import CorruptEntryError, UserError
from truing.places import store_location
from truing.studies._place import Folder, find_place

DIGEST = 32  # bytes of SHA-256


class Store:
    """Named arrays by key, in a folder or at a URL that fsspec opens.

    Args:
        location: folder or URL; by default `TRUING_STORE`, or else the user's cache folder.

    Raises:
        UserError: a path that cannot be a folder, or a URL whose driver is missing.
        StoreError: the store cannot be written to.

    Examples:
        >>> import truing
        >>> study = truing.Study(tasks="digits", weak="pca-4", strong="pca-16", methods="naive")
        >>> store = truing.Store("cache")
        >>> result = truing.run(study, store=store)
        >>> any(store.folder.iterdir())
        True
    """

    @checked
    def __init__(self, location: Path | str | None = None):
        if not isinstance(location, str | Path | None):
            raise UserError(f"location must be the path of a folder or a URL, got {location!r}")
        self._place = find_place(location or store_location())

    @property
    def location(self) -> str:
        """Folder or URL as text, with which other processes open the same store."""
        return self._place.location

    @property
    def folder(self) -> Path:
        """Folder for local files: the store, or the user's cache folder if the store is a URL."""
        if isinstance(self._place, Folder):
            return self._place.path
        return user_cache_path("truing")

    def __contains__(self, key: str) -> bool:
        return self._place.has(_name(key))

    def write(self, key: str, arrays: dict[str, np.ndarray]) -> None:
        """Store named arrays under a key; replace an existing entry atomically.

        Raises:
            StoreError: the disk is full, or the store is not writable.
        """
        body = io.BytesIO()
        body.write(json.dumps(list(arrays)).encode() + b"\n")
        for array in arrays.values():
            np.lib.format.write_array(body, np.asarray(array), allow_pickle=False)
        content = body.getvalue()
        self._place.write(_name(key), hashlib.sha256(content).digest() + content)

    def read(self, key: str) -> dict[str, np.ndarray]:
        """Read the named arrays under a key.

        Raises:
            CorruptEntryError: the entry is missing, or damaged (it is removed then).
            StoreError: the entry is not readable.
        """
        try:
            content = self._place.read(_name(key))
        except FileNotFoundError as error:
            raise CorruptEntryError(f"the store's entry {key} is missing") from error
        if hashlib.sha256(content[DIGEST:]).digest() != content[:DIGEST]:
            self.remove(key)
            raise CorruptEntryError(f"the store's entry {key} was damaged")
        body = io.BytesIO(content[DIGEST:])
        names = json.loads(body.readline())
        return {name: np.lib.format.read_array(body, allow_pickle=False) for name in names}

    def remove(self, key: str) -> None:
        """Remove the entry under a key, if it exists."""
        self._place.remove(_name(key))

    def intact(self, key: str) -> bool:
        """Whether an entry exists and matches its checksum; a damaged entry is removed."""
        try:
            self.read(key)
        except CorruptEntryError:
            return False
        return True

    def write_json(self, key: str, value: Any) -> None:
        """Store a JSON value under a key."""
        self.write(key, {"json": np.frombuffer(json.dumps(value).encode(), np.uint8)})

    def read_json(self, key: str) -> Any:
        """Read the JSON value under a key; raises the errors of `read`."""
        return json.loads(self.read(key)["json"].tobytes())


def _name(key: str) -> str:
    return f"{key[:2]}/{key}"
