r"""Specifications as text: `NAME[,ARGUMENT=VALUE ...]`, and the numbers in them.

A comma inside a part is written `\,`.

`items\,old.jsonl,text=question` names the file `items,old.jsonl`. Only a backslash before a comma
is special. In a shell, put the whole specification in single quotes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

COMMA = re.compile(r"(?<!\\),")
# Not what int() and float() take besides: 1_0, digits of other scripts, nan and inf.
NUMBERS = {
    int: re.compile(r"[+-]?[0-9]+"),
    float: re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?"),
}
LARGEST = 2**63 - 1  # of a whole number without a range: larger ones overflow in NumPy
WIDEST = 2**128 - 1  # of one with a range, such as a seed of 128 bits


def split_specification(specification: str) -> list[str]:
    r"""The name and the `argument=value` parts, without blanks around them; `\,` becomes `,`."""
    return [part.strip().replace("\\,", ",") for part in COMMA.split(specification)]


def join_specification(parts: Iterable[str]) -> str:
    r"""The specification that `split_specification` reads as these parts; `,` becomes `\,`."""
    return ",".join(part.replace(",", "\\,") for part in parts)


@dataclass(frozen=True)
class Within:
    """Range of a number: `rounds: Annotated[int, Within("[1, 100]")] = 3`.

    The registry refuses other values in a specification, before the factory is called.

    Attributes:
        interval: as it is written: `[1, 100]`, `(0, 1)`, `(0, inf)`.
    """

    interval: str

    def check(self, name: str, value: float) -> None:
        """Raise ValueError with the interval, where the value lies outside."""
        low, high = (float(border) for border in self.interval[1:-1].split(","))
        above = value > low if self.interval[0] == "(" else value >= low
        below = value < high if self.interval[-1] == ")" else value <= high
        if not (above and below):
            raise ValueError(f"{name} must lie in {self.interval}, not {value}")


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
