"""Safe reading of run folders from any source: no links, no huge files, any content."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from truing.errors import DataError
from truing.json_lines import parse_lines
from truing.runs._values import parse_json

MOST = 64 * 2**20  # largest file that is read at once, in bytes
LONGEST, BLOCK = 2 * 2**30, 2**20  # largest file that is read line by line, and its block, bytes
OPEN = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC  # a pipe must not block


@dataclass(frozen=True)
class JsonLines:
    """Lines of a JSONL file.

    Attributes:
        rows: the objects in the order of the file.
        damaged: number of lines that are not JSON objects.
    """

    rows: tuple[dict[str, Any], ...]
    damaged: int


def stamp(folder: Path, name: str) -> tuple[int, int] | None:
    """Modification time (ns) and size (bytes) of a file; None if it is missing or a link."""
    try:
        state = None if _led_out(folder, name) else os.lstat(folder / name)
    except (OSError, ValueError):
        return None
    return (state.st_mtime_ns, state.st_size) if state and stat.S_ISREG(state.st_mode) else None


def read_bytes(
    folder: Path, name: str, most: int | None = MOST, *, follow_links: bool = False
) -> bytes:
    """Read the content of a file.

    Args:
        folder: the run folder.
        name: path of the file in the folder.
        most: maximum size in bytes; None for no limit.
        follow_links: follow links, for folders that the user named.

    Raises:
        DataError: the file is missing, a link, not a regular file, or too large.
    """
    with _opened(folder, name, follow_links) as file:
        size = os.fstat(file.fileno()).st_size
        if most is not None and size > most:
            raise DataError(f"{name} is too large to show ({size / 2**20:,.0f} MiB)")
        return file.read() if most is None else file.read(most)


def read_slice(folder: Path, name: str, start: int, end: int) -> bytes:
    """Read a part of a file, from byte `start` to `end`; raises as `read_bytes` does."""
    with _opened(folder, name) as file:
        file.seek(start)
        return file.read(min(end - start, MOST))


def _led_out(folder: Path, name: str) -> bool:
    """Whether a folder in the path of a file is a link."""
    return "/" in name and any((folder / one).is_symlink() for one in Path(name).parents[:-1])


def line_places(folder: Path, name: str) -> Iterator[tuple[int, int]]:
    """Yield the start and end of each line in bytes, without reading the file into memory.

    Raises:
        DataError: as `read_bytes`, but with a limit of 2 GiB.
    """
    with _opened(folder, name) as file:
        if os.fstat(file.fileno()).st_size > LONGEST:
            raise DataError(f"{name} is too large to show")
        start = at = 0
        while block := file.read(BLOCK):
            end = block.find(b"\n")
            while end >= 0:
                yield start, at + end
                start = at + end + 1
                end = block.find(b"\n", end + 1)
            at += len(block)
        if start < at:
            yield start, at


@contextmanager
def _opened(folder: Path, name: str, follow_links: bool = False) -> Iterator[BinaryIO]:
    if not follow_links and _led_out(folder, name):
        raise DataError(f"{name} is in a folder that is a link")
    try:
        handle = os.open(folder / name, OPEN & ~os.O_NOFOLLOW if follow_links else OPEN)
    except (OSError, ValueError) as error:
        raise DataError(f"{name}: {getattr(error, 'strerror', None) or 'no such file'}") from None
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise DataError(f"{name} is not a regular file")
        yield file


def read_object(folder: Path, name: str) -> dict[str, Any]:
    """Read a JSON object; raises DataError if the file contains anything else."""
    value = parse_json(read_bytes(folder, name))
    if not isinstance(value, dict):
        raise DataError(f"{name} is not a JSON object")
    return value


def read_rows(folder: Path, name: str) -> JsonLines:
    """Read the objects of a JSONL file and count all other lines."""
    lines = list(parse_lines(read_bytes(folder, name).decode(errors="replace")))
    rows = tuple(line.value for line in lines if isinstance(line.value, dict))
    return JsonLines(rows, len(lines) - len(rows))
