"""Arguments of factories: how an annotation says which values are allowed, and how text is read."""

from __future__ import annotations

import contextlib
import inspect
import json
import re
from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_args, get_origin

# Not what int() and float() take besides: 1_0, digits of other scripts, nan and inf.
NUMBERS = {
    int: re.compile(r"[+-]?[0-9]+"),
    float: re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?"),
}
BOOLEANS = {"true": True, "yes": True, "false": False, "no": False}
LARGEST = 2**63 - 1  # of a whole number without a range: larger ones overflow in NumPy
WIDEST = 2**128 - 1  # of one with a range, such as a seed of 128 bits

FilePath = Annotated[str, "path of a file"]
"""Annotation of an argument that names a file: `path: FilePath`. The file counts by its content."""


@dataclass(frozen=True)
class Within:
    """Range of a number: `rounds: Annotated[int, Within("[1, 100]")] = 3`.

    The registry refuses other values in a specification, before the factory is called.

    Attributes:
        interval: as it is written: `[1, 100]`, `(0, 1)`, `(0, inf)`.
    """

    interval: str

    def __str__(self) -> str:
        low, high = self.interval[1:-1].split(", ")
        closed = self.interval[0] == "[" and self.interval[-1] == "]"
        return f"{low} to {high}" if closed else f"in {self.interval}"

    def check(self, name: str, value: float) -> None:
        """Raise ValueError with the interval, where the value lies outside."""
        low, high = (float(border) for border in self.interval[1:-1].split(","))
        above = value > low if self.interval[0] == "(" else value >= low
        below = value < high if self.interval[-1] == ")" else value <= high
        if not (above and below):
            raise ValueError(f"{name} must lie in {self.interval}, not {value}")


@dataclass(frozen=True)
class OneOf:
    """Names to choose from: `select: Annotated[str, OneOf(("all", "knn"))] = "all"`.

    Attributes:
        options: the names.
    """

    options: tuple[str, ...]

    def __str__(self) -> str:
        return ", ".join(self.options)

    def check(self, name: str, value: object) -> None:
        """Raise ValueError with the options, where the value is none of them."""
        if value not in self.options:
            raise ValueError(f"{name} must be one of {self}, not {value!r}")


def read_value(name: str, annotation: Any, text: str) -> Any:
    """The value of an argument, read as its annotation asks.

    Args:
        annotation: a type, perhaps with a limit (`Within`, `OneOf`); `inspect.Parameter.empty`
            where the argument has none.

    Raises:
        ValueError: the text has no such value, or the value lies outside the limit.
    """
    limits: tuple[Within | OneOf, ...] = ()
    if get_origin(annotation) is Annotated:
        annotation, *notes = get_args(annotation)
        limits = tuple(note for note in notes if isinstance(note, Within | OneOf))
    value = _read(name, annotation, text, WIDEST if limits else LARGEST)
    for one in limits:
        one.check(name, value)
    return value


def read_number(name: str, kind: type[int] | type[float], text: str, largest: int = LARGEST) -> Any:
    """The number that a text means.

    Args:
        largest: whole number that is allowed.

    Raises:
        ValueError: it means none, or one that no array can contain.
    """
    if not NUMBERS[kind].fullmatch(text):
        raise ValueError(f"{name} must be a number ({kind.__name__}), not {text!r}")
    if kind is int and len(text) > len(str(largest)) + 1:  # int() refuses thousands of digits
        raise ValueError(f"{name} is too large: {text[:30]}...")
    value = kind(text)
    if abs(value) > largest if kind is int else abs(value) == float("inf"):
        raise ValueError(f"{name} is too large: {text[:30]}")
    return value


def spelled(value: Any) -> str:
    """A value as text that `read_value` reads as the same value."""
    return str(value).lower() if isinstance(value, bool) or value is None else str(value)


def _read(name: str, kind: Any, text: str, largest: int) -> Any:
    if kind in NUMBERS:
        return read_number(name, kind, text, largest)
    if kind is bool:
        if text.lower() not in BOOLEANS:
            raise ValueError(f"{name} must be true or false, not {text!r}")
        return BOOLEANS[text.lower()]
    if get_origin(kind) is Literal and text in get_args(kind):
        return text
    if kind is inspect.Parameter.empty or get_args(kind):  # no type, or one of several
        return _plain(text)
    return text


def _plain(text: str) -> Any:
    """A number, true, false or none where the text reads so, else the text."""
    with contextlib.suppress(json.JSONDecodeError):
        return json.loads(text.lower() if text.lower() in ("true", "false") else text)
    return None if text.lower() == "none" else text
