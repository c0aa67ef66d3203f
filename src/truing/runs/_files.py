"""Files of a run folder, whoever wrote it: no links and nothing huge, with any content."""

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

MOST = 64 * 2**20  # bytes that are read of a file
LONGEST, BLOCK = 2 * 2**30, 2**20  # bytes of a file that is read line by line, and at once
OPEN = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC  # a pipe would be waited for


@dataclass(frozen=True)
class JsonLines:
    """Lines of a JSONL file.

    Attributes:
        rows: the objects, in their order.
        damaged: number of lines that are not a JSON object.
    """

    rows: tuple[dict[str, Any], ...]
    damaged: int


def stamp(folder: Path, name: str) -> tuple[int, int] | None:
    """When a file was changed, and its size; None where there is no such file, or a link to it."""
    try:
        held = None if _led_out(folder, name) else os.lstat(folder / name)
    except (OSError, ValueError):
        return None
    return (held.st_mtime_ns, held.st_size) if held and stat.S_ISREG(held.st_mode) else None


def read_bytes(
    folder: Path, name: str, most: int | None = MOST, *, follow_links: bool = False
) -> bytes:
    """A file's content.

    Args:
        most: bytes that are read of a file; None for no limit.
        follow_links: read what a link leads to, where the user named the folder.

    Raises:
        DataError: there is no such file, it is a link or no plain file, or too large.
    """
    with _opened(folder, name, follow_links) as file:
        size = os.fstat(file.fileno()).st_size
        if most is not None and size > most:
            raise DataError(f"{name} is too large to be shown ({size / 2**20:,.0f} MiB)")
        return file.read() if most is None else file.read(most)


def read_slice(folder: Path, name: str, start: int, end: int) -> bytes:
    """A part of a file's content; raises as `read_bytes` does."""
    with _opened(folder, name) as file:
        file.seek(start)
        return file.read(min(end - start, MOST))


def _led_out(folder: Path, name: str) -> bool:
    """Whether a folder on the way to a file is a link."""
    return "/" in name and any((folder / one).is_symlink() for one in Path(name).parents[:-1])


def line_places(folder: Path, name: str) -> Iterator[tuple[int, int]]:
    """Where each line of a file begins and ends, without holding the file.

    Raises:
        DataError: as `read_bytes`, for files that are far larger.
    """
    with _opened(folder, name) as file:
        if os.fstat(file.fileno()).st_size > LONGEST:
            raise DataError(f"{name} is too large to be shown")
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
        raise DataError(f"{name} is reached by a link")
    try:
        handle = os.open(folder / name, OPEN & ~os.O_NOFOLLOW if follow_links else OPEN)
    except (OSError, ValueError) as error:
        raise DataError(f"{name}: {getattr(error, 'strerror', None) or 'no file'}") from None
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise DataError(f"{name} is no plain file")
        yield file


def read_object(folder: Path, name: str) -> dict[str, Any]:
    """A JSON object; raises DataError where the file holds none."""
    held = parse_json(read_bytes(folder, name))
    if not isinstance(held, dict):
        raise DataError(f"{name} holds no JSON object")
    return held


def read_rows(folder: Path, name: str) -> JsonLines:
    """The objects of a JSONL file; lines that hold none are counted."""
    lines = list(parse_lines(read_bytes(folder, name).decode(errors="replace")))
    rows = tuple(line.value for line in lines if isinstance(line.value, dict))
    return JsonLines(rows, len(lines) - len(rows))
