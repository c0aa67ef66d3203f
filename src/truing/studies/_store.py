"""Store: results of steps by key, for reuse in later runs.

An entry is a file: the SHA-256 of its content, then named arrays in the .npy format. It is written
atomically, so that a reader sees the whole entry or none, even if processes are killed and many
processes and machines share the store. An entry that does not match its checksum is removed and
computed again. A large array is written in parts, and read memory-mapped.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from platformdirs import user_cache_path

from truing.calls import checked
from truing.errors import CorruptEntryError, UserError
from truing.places import store_location
from truing.studies._place import Folder, find_place, unreadable

DIGEST = 32  # bytes of SHA-256
ALIGNED = 64  # start of a memory-mapped array: a multiple of this number of bytes
CHUNK = 1 << 20  # bytes that are hashed at a time


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

    def write_rows(
        self,
        key: str,
        name: str,
        shape: tuple[int, ...],
        dtype: np.dtype,
        parts: Iterable[tuple[np.ndarray, np.ndarray]],
    ) -> None:
        """Store one array under a key, written row by row: it is never whole in memory.

        Args:
            key: the key.
            name: name of the array.
            shape: (..., columns); the dimensions before the last are rows.
            dtype: type of the values.
            parts: numbers of rows (n,) and their values (n, columns), until all rows are written.

        Raises:
            StoreError: the disk is full, or the store is not writable. Nothing is stored then.

        Examples:
            >>> import numpy as np
            >>> from truing.studies import Store
            >>> store, single = Store("cache"), np.dtype(np.float32)
            >>> parts = [(np.array([1]), np.ones((1, 2))), (np.array([0]), np.zeros((1, 2)))]
            >>> store.write_rows("ab12", "features", (2, 2), single, parts)
            >>> store.map("ab12")["features"].tolist()
            [[0.0, 0.0], [1.0, 1.0]]
        """
        with self._place.writing(_name(key)) as file:
            label = json.dumps([name])
            file.write(bytes(DIGEST))
            file.write(f"{label:<{-(DIGEST + 1) % ALIGNED}}\n".encode())
            described = npy.dtype_to_descr(dtype)
            header = {"descr": described, "fortran_order": False, "shape": shape}
            npy.write_array_header_1_0(file, header)
            start, width = file.tell(), dtype.itemsize * shape[-1]
            for rows, values in parts:
                for row, value in zip(rows.tolist(), values, strict=True):
                    file.seek(start + row * width)
                    file.write(np.ascontiguousarray(value, dtype).tobytes())
            file.seek(0)
            file.write(_digest(file))

    def map(self, key: str) -> dict[str, np.ndarray]:
        """Read the named arrays under a key, read-only and memory-mapped if the store is a folder.

        Raises:
            CorruptEntryError: the entry is missing, or damaged (it is removed then).
            StoreError: the entry is not readable.
        """
        if not isinstance(self._place, Folder):
            return self.read(key)
        with self._verified(self._place.path / _name(key), key) as file:
            names = json.loads(file.readline())
            return {name: _mapped(file) for name in names}

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
            if not isinstance(self._place, Folder):
                self.read(key)
                return True
            with self._verified(self._place.path / _name(key), key):
                return True
        except CorruptEntryError:
            return False

    @contextmanager
    def _verified(self, path: Path, key: str) -> Iterator[IO[bytes]]:
        """An entry's file, opened after its checksum, which matches; it is not read into memory.

        Raises:
            CorruptEntryError: the entry is missing, or damaged (it is removed then).
            StoreError: the entry is not readable.
        """
        try:
            with path.open("rb") as file:
                if file.read(DIGEST) == _digest(file):
                    file.seek(DIGEST)
                    yield file
                    return
        except FileNotFoundError as error:
            raise CorruptEntryError(f"the store's entry {key} is missing") from error
        except OSError as error:
            raise unreadable(path, error) from error
        self.remove(key)
        raise CorruptEntryError(f"the store's entry {key} was damaged")

    def write_json(self, key: str, value: Any) -> None:
        """Store a JSON value under a key."""
        self.write(key, {"json": np.frombuffer(json.dumps(value).encode(), np.uint8)})

    def read_json(self, key: str) -> Any:
        """Read the JSON value under a key; raises the errors of `read`."""
        return json.loads(self.read(key)["json"].tobytes())


def _name(key: str) -> str:
    return f"{key[:2]}/{key}"


def _digest(file: IO[bytes]) -> bytes:
    """SHA-256 of an entry after its checksum; leaves the file's position at the start."""
    found = hashlib.sha256()
    file.seek(DIGEST)
    while part := file.read(CHUNK):
        found.update(part)
    file.seek(0)
    return found.digest()


def _mapped(file: IO[bytes]) -> np.ndarray:
    """The next array of an entry, memory-mapped; moves the file's position behind it."""
    npy.read_magic(file)
    shape, by_columns, dtype = npy.read_array_header_1_0(file)
    start = file.tell()
    file.seek(int(np.prod(shape)) * dtype.itemsize, io.SEEK_CUR)
    if 0 in shape:
        return np.zeros(shape, dtype)
    order: Any = "F" if by_columns else "C"
    return np.asarray(np.memmap(file.name, dtype, "r", start, shape, order))
