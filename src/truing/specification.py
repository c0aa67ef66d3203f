r"""Specification: a name and its arguments in the form `NAME[,ARGUMENT=VALUE ...]`.

Commas separate arguments. A comma in a path belongs to the path if the path exists and no other
reading is possible: `items,2024.jsonl,text=question` names the file `items,2024.jsonl`. A comma
written as `\,` never separates. A backslash is special only before a comma. In a shell, put the
whole specification in single quotes.
"""

from __future__ import annotations

import os.path
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from truing.arguments import read_value
from truing.errors import UserError

COMMA = re.compile(r"(?<!\\),")
ARGUMENT = re.compile(r"\s*[\w-]+\s*=")
NESTED = re.compile(r":(?=\w+=)")
PLUS = re.compile(r"(?<!\d[eE])\+|\+(?!\d)")  # not that of a number, 1e+3
WORD = re.compile(r"\s*[\w-]+\s*")  # possibly a registered name
PREFIX = re.compile(r"^[\w-]+[:/]")  # before a path: recorded:FILE, hf/FOLDER
SUFFIX = re.compile(r"(:[^:/]+|@[^@/]+)$")  # after a path: FILE.py:name, hf/FOLDER@layer-6


@dataclass(frozen=True)
class Specification:
    r"""A name and its arguments.

    Attributes:
        name: a registered name (`confidence`), a name that carries arguments (`pca-8`,
            `recorded:labels.jsonl`), a factory in a file (`path/to/file.py:name`), or a file.
        arguments: each argument's value as text, in the order in which they were typed.

    Examples:
        >>> from truing.specification import Specification
        >>> Specification.parse("confidence,alpha_max=0.75").arguments["alpha_max"]
        '0.75'
        >>> print(Specification("file:a,b.npy"))
        file:a\,b.npy
    """

    name: str
    arguments: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str | Specification) -> Specification:
        """Read a specification; a `Specification` is returned as it is.

        Raises:
            UserError: a part does not have the form `argument=value`.
        """
        if isinstance(text, Specification):
            return text
        parts = [part.replace("\\,", ",") for part in COMMA.split(text)]
        name, arguments = _take_first(parts, text), {}
        while parts:
            argument, _, parts[0] = parts[0].partition("=")
            arguments[argument.strip()] = _take_first(parts, text)
        return cls(name, arguments)

    @classmethod
    def parse_nested(cls, text: str) -> Specification:
        """Read `NAME[:ARGUMENT=VALUE ...]`, the form inside an argument or a model's name.

        Examples:
            >>> from truing.specification import Specification
            >>> print(Specification.parse_nested("pca-16:l2=0.1"))
            pca-16,l2=0.1
        """
        name, *pairs = NESTED.split(text)
        return cls(name, dict(pair.partition("=")[::2] for pair in pairs))

    @property
    def nested(self) -> str:
        """The form inside an argument, `NAME[:ARGUMENT=VALUE ...]`; see `parse_nested`."""
        return ":".join([self.name, *(f"{name}={value}" for name, value in self.arguments.items())])

    def __str__(self) -> str:
        parts = [self.name, *(f"{name}={value}" for name, value in self.arguments.items())]
        return ",".join(part.replace(",", "\\,") for part in parts)

    def read(
        self, annotations: Mapping[str, Any], carried: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """The values of the arguments, each read according to its annotation.

        Args:
            annotations: annotations of all arguments of the factory.
            carried: arguments that the name itself carries.

        Raises:
            UserError: an argument is unknown, or a value is not allowed.
        """
        values = {}
        for name, text in {**(carried or {}), **self.arguments}.items():
            if name not in annotations:
                allowed = ", ".join(annotations) or "none"
                raise UserError(f"{str(self)!r}: no argument {name!r}; allowed: {allowed}")
            try:
                values[name] = read_value(name, annotations[name], text)
            except ValueError as error:
                raise UserError(f"{str(self)!r}: {error}") from None
        return values


def split_list(text: str) -> tuple[str, ...]:
    """Parts of a list `A+B`; a plus in a number, or in a path that exists, separates no parts.

    Examples:
        >>> from truing.specification import split_list
        >>> split_list("pca-8:l2=1e+3+spectral-32")
        ('pca-8:l2=1e+3', 'spectral-32')
    """
    parts, found = PLUS.split(text), []
    while parts:
        joined = {end: "+".join(parts[:end]) for end in range(1, len(parts) + 1)}
        end = next((end for end, one in joined.items() if _has_path(one)), 1)
        found.append(joined[end].strip())
        del parts[:end]
    return tuple(found)


def _take_first(parts: list[str], text: str) -> str:
    """Remove the first part from the list, with all parts of its path, and return them joined.

    Raises:
        UserError: the next part neither has the form `argument=value` nor belongs to a path.
    """
    ends = [at for at in range(1, len(parts) + 1) if not parts[at:] or ARGUMENT.match(parts[at])]
    if WORD.fullmatch(parts[0]):
        del ends[1:]
    joined = {end: ",".join(parts[:end]).strip() for end in ends}
    end = next((end for end in ends if _has_path(joined[end])), ends[0] if ends[0] == 1 else 0)
    if not end:
        raise UserError(f"{text!r}: {parts[1].strip()!r} must have the form argument=value")
    del parts[:end]
    return joined[end]


def _has_path(name: str) -> bool:
    """Whether a name is or contains the path of an existing file or folder."""
    paths = {name, PREFIX.sub("", name)}
    paths |= {SUFFIX.sub("", path) for path in paths}
    return any(os.path.exists(path) for path in paths)
