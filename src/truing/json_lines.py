"""JSON lines: texts with one JSON value per line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class JsonLine:
    """A nonempty line.

    Attributes:
        number: its number in the file, from 1.
        value: the JSON value; None if the line is not JSON.
        error: error of the JSON parser; None if the line is JSON.
    """

    number: int
    value: Any
    error: ValueError | RecursionError | None = None


def parse_lines(text: str, *, allow_nan: bool = True) -> Iterator[JsonLine]:
    """All nonempty lines of a text; a line that is not JSON does not end the iteration.

    Only a line feed ends a line. Texts may contain other characters at which `str.splitlines` would
    split.

    Args:
        allow_nan: whether NaN and infinities are accepted; otherwise they are errors.

    Examples:
        >>> from truing.json_lines import parse_lines
        >>> [(line.number, line.value) for line in parse_lines('{"id": 1}\\n\\n{"id": ')]
        [(1, {'id': 1}), (3, None)]
    """
    constant = None if allow_nan else _refuse
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            try:
                yield JsonLine(number, json.loads(line, parse_constant=constant))
            except (ValueError, RecursionError) as error:
                yield JsonLine(number, None, error)


def whole_lines(content: bytes) -> bytes:
    """The content up to its last line feed; a crash may have cut the line after it.

    Examples:
        >>> from truing.json_lines import whole_lines
        >>> whole_lines(b'{"id": 1}\\n{"id": ')
        b'{"id": 1}\\n'
    """
    return content[: content.rfind(b"\n") + 1]


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not a finite number")
