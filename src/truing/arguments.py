"""Arguments of factories: annotations for allowed values, and reading values from text."""

from __future__ import annotations

import contextlib
import inspect
import json
import re
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Union, get_args, get_origin

# Stricter than int() and float(), which also accept 1_0, digits of other scripts, nan and inf.
NUMBERS = {
    int: re.compile(r"[+-]?[0-9]+"),
    float: re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?"),
}
BOOLEANS = {"true": True, "yes": True, "false": False, "no": False}
LARGEST = 2**63 - 1  # largest integer of an argument without a range: NumPy's largest
WIDEST = 2**128 - 1  # largest integer of an argument with a range, such as a seed of 128 bits

FilePath = Annotated[str, "path of a file"]
"""Annotation of an argument that names a file: `path: FilePath`. Keys use the file's content."""


@dataclass(frozen=True)
class Within:
    """Range of a number: `rounds: Annotated[int, Within("[1, 100]")] = 3`.

    The registry refuses values outside the range before it calls the factory.

    Attributes:
        interval: the range in interval notation: `[1, 100]`, `(0, 1)`, `(0, inf)`.
        step: distance of the allowed values, from the lower end on; 0 allows all values.

    Examples:
        >>> from truing.arguments import Within
        >>> Within("[1, 100]").check("rounds", 101)
        Traceback (most recent call last):
        ValueError: rounds must lie in [1, 100], got 101
    """

    interval: str
    step: int = 0

    @property
    def text(self) -> str:
        """The range as lists and messages state it: `[2, inf) in steps of 2`."""
        return self.interval + (f" in steps of {self.step}" if self.step else "")

    @property
    def _demand(self) -> str:
        """The range in words if it has no upper end and no step: `be 1 or more`."""
        low, high = self.interval[1:-1].split(", ")
        if self.step or high != "inf":
            return f"lie in {self.text}"
        return f"be {low} or more" if self.interval[0] == "[" else f"be a finite number above {low}"

    def check(self, name: str, value: float) -> None:
        """Raise ValueError, which states the interval, if the value lies outside."""
        low, high = (float(border) for border in self.interval[1:-1].split(","))
        above = value > low if self.interval[0] == "(" else value >= low
        below = value < high if self.interval[-1] == ")" else value <= high
        between = self.step and (value - low) % self.step
        if not (above and below) or between:
            raise ValueError(f"{name} must {self._demand}, got {value}")


AtLeastOne = Annotated[int, Within("[1, inf)")]
"""Annotation of a number of things, at least 1: `neighbors: AtLeastOne = 10`."""

Share = Annotated[float, Within("(0, 1]")]
"""Annotation of a share above 0 and at most 1: `keep: Share = 0.5`."""

ShareOrZero = Annotated[float, Within("[0, 1]")]
"""Annotation of a share that may be 0: `warmup: ShareOrZero = 0.2`."""


@dataclass(frozen=True)
class OneOf:
    """Allowed names: `select: Annotated[str, OneOf(("all", "knn"))] = "all"`.

    Attributes:
        options: the allowed names.

    Examples:
        >>> from truing.arguments import OneOf
        >>> OneOf(("all", "knn")).check("select", "best")
        Traceback (most recent call last):
        ValueError: select must be one of all, knn, got 'best'
    """

    options: tuple[str, ...]

    def __str__(self) -> str:
        return ", ".join(self.options)

    def check(self, name: str, value: object) -> None:
        """Raise ValueError, which lists the options, if the value is not one of them."""
        if value not in self.options:
            raise ValueError(f"{name} must be one of {self}, got {value!r}")


@dataclass(frozen=True)
class SomeOf:
    """Allowed names in a list such as `calculator+search`; the empty text is the empty list.

    Attributes:
        options: the allowed names.

    Examples:
        >>> from truing.arguments import SomeOf
        >>> SomeOf(("calculator", "search")).check("tools", "calculator+find")
        Traceback (most recent call last):
        ValueError: tools must be names among calculator, search, joined by +, got 'calculator+find'
    """

    options: tuple[str, ...]

    def __str__(self) -> str:
        return f"names among {', '.join(self.options)}, joined by +"

    def check(self, name: str, value: str) -> None:
        """Raise ValueError, which lists the options, if a name is unknown or stated twice."""
        names = split_names(value)
        if not set(names) <= set(self.options) or len(set(names)) < len(names):
            raise ValueError(f"{name} must be {self}, got {value!r}")


def split_names(text: str) -> tuple[str, ...]:
    """The names in a list `A+B`.

    Examples:
        >>> from truing.arguments import split_names
        >>> split_names("calculator+search"), split_names("")
        (('calculator', 'search'), ())
    """
    return tuple(one.strip() for one in text.split("+")) if text.strip() else ()


@dataclass(frozen=True)
class About:
    """Description of an argument, stated once for all functions that have the argument.

    `truing list` shows it for an argument that the docstring of the function does not describe.

    Attributes:
        text: the description.
    """

    text: str


def read_value(name: str, annotation: Any, text: str) -> Any:
    """The value of an argument, read from text according to its annotation.

    Args:
        name: name of the argument, for messages.
        annotation: a type, with or without a limit (`Within`, `OneOf`); `inspect.Parameter.empty`
            if the argument has no annotation.
        text: the value as typed.

    Raises:
        ValueError: the text is not of this type, or the value is outside the limit.

    Examples:
        >>> from typing import Annotated, Literal
        >>> from truing.arguments import Within, read_value
        >>> read_value("rounds", Annotated[int, Within("[1, 100]")], "3")
        3
        >>> read_value("radius", Annotated[float | Literal["auto"], Within("(0, 1]")], "auto")
        'auto'
    """
    limits = limits_of(annotation)
    kind = get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation
    if limits and get_origin(kind) is Union:  # a number, or words: float | Literal["x"]
        kind, words = get_args(kind)
        if text in get_args(words):
            return text
        if not NUMBERS[kind].fullmatch(text):
            allowed = " or ".join(get_args(words))
            raise ValueError(f"{name} must be a number or {allowed}, got {text!r}")
    value = _read(name, kind, text, WIDEST if limits else LARGEST)
    for one in limits:
        one.check(name, value)
    return value


def description_of(annotation: Any) -> str:
    """Description that an annotation states; empty if it states none."""
    notes = get_args(annotation)[1:] if get_origin(annotation) is Annotated else ()
    return next((note.text for note in notes if isinstance(note, About)), "")


def limits_of(annotation: Any) -> tuple[Within | OneOf | SomeOf, ...]:
    """The range or the allowed names of an argument; empty if it has none.

    Examples:
        >>> from typing import Literal
        >>> from truing.arguments import limits_of
        >>> limits_of(Literal["last", "mean"])
        (OneOf(options=('last', 'mean')),)
    """
    if get_origin(annotation) is Annotated:
        notes = get_args(annotation)[1:]
        return tuple(note for note in notes if isinstance(note, Within | OneOf | SomeOf))
    return (OneOf(get_args(annotation)),) if get_origin(annotation) is Literal else ()


def read_number(name: str, kind: type[int] | type[float], text: str, largest: int = LARGEST) -> Any:
    """The number that a text contains.

    Args:
        name: name of the argument, for messages.
        kind: `int` or `float`.
        text: the number as typed.
        largest: largest absolute value of an integer.

    Raises:
        ValueError: the text is not a number, or the number is too large.

    Examples:
        >>> from truing.arguments import read_number
        >>> read_number("l2", float, "1e-3")
        0.001
    """
    if not NUMBERS[kind].fullmatch(text):
        what = "an integer" if kind is int else "a number"
        raise ValueError(f"{name} must be {what}, got {text!r}")
    shown = text if len(text) <= 30 else f"{text[:30]}..."
    if kind is float:
        value = float(text)
        if abs(value) == float("inf"):
            raise ValueError(f"{name} is too large for a floating-point number, got {shown}")
        return value
    long = len(text) > len(str(largest)) + 1  # int() refuses thousands of digits
    if long or abs(int(text)) > largest:
        raise ValueError(f"{name} must lie in [{-largest}, {largest}], got {shown}")
    return int(text)


def spelled(value: Any) -> str:
    """A value as text that `read_value` reads as the same value.

    Examples:
        >>> from truing.arguments import spelled
        >>> spelled(True), spelled(0.5)
        ('true', '0.5')
    """
    return str(value).lower() if isinstance(value, bool) or value is None else str(value)


def _read(name: str, kind: Any, text: str, largest: int) -> Any:
    if kind in NUMBERS:
        return read_number(name, kind, text, largest)
    if kind is bool:
        if text.lower() not in BOOLEANS:
            raise ValueError(f"{name} must be true or false, got {text!r}")
        return BOOLEANS[text.lower()]
    if get_origin(kind) is Literal:
        return text
    if kind is inspect.Parameter.empty or get_args(kind):  # no type, or a union
        return _plain(text)
    return text


def _plain(text: str) -> Any:
    """A JSON value, true, false or None if the text is one, else the text itself."""
    with contextlib.suppress(json.JSONDecodeError):
        return json.loads(text.lower() if text.lower() in ("true", "false") else text)
    return None if text.lower() == "none" else text
