"""JSON lines: files with one JSON value a line. All of them are read here."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class JsonLine:
    """A line that is not empty.

    Attributes:
        number: its number in the file, from 1.
        value: None where the line is not JSON.
        error: the reason why the line is not JSON.
    """

    number: int
    value: Any
    error: ValueError | RecursionError | None = None


def parse_lines(text: str, *, allow_nan: bool = True) -> Iterator[JsonLine]:
    """Each line of a text; a line that is cut or is not JSON does not stop the others.

    A line ends at a line feed and nowhere else: texts may contain other characters that
    `str.splitlines` takes for ends of lines.

    Args:
        allow_nan: NaN and infinities are numbers; without it they are errors.
    """
    constant = None if allow_nan else _refuse
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            try:
                yield JsonLine(number, json.loads(line, parse_constant=constant))
            except (ValueError, RecursionError) as error:
                yield JsonLine(number, None, error)


def whole_lines(content: bytes) -> bytes:
    """The content up to its last line feed: a crash cuts the line after it."""
    return content[: content.rfind(b"\n") + 1]


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not a finite number")
