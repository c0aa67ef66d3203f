"""Description of one extension: its arguments with types, defaults and ranges, and its source."""

from __future__ import annotations

import inspect
import re
import types
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from truing.arguments import FilePath, OneOf, SomeOf, Within, description_of, limits_of, spelled
from truing.factory import Factory

TYPES = {int: "integer", float: "number", bool: "true or false", str: "text", type(None): "none"}
ARGUMENT = re.compile(r"\s*(?P<names>\w+(, \w+)*): (?P<text>.*)")


@dataclass(frozen=True)
class Argument:
    """An argument of an extension.

    Attributes:
        name: the name.
        type: type of the value in words, or the allowed names.
        range: allowed numbers, `(0, 1]`; empty if every number is allowed.
        default: the default as text; None if the argument is required.
        description: description from the docstring.
    """

    name: str
    type: str
    range: str
    default: str | None
    description: str


@dataclass(frozen=True)
class Extension:
    """An extension as `truing list KIND NAME` shows it.

    Attributes:
        kind: kind of extension: method, protocol.
        name: the name, with placeholders for the arguments that it carries: `pca-K`.
        description: the docstring, without its sections.
        arguments: the arguments, in the order of the signature.
        source: the cited papers; empty if there are none.
        file: file that defines the extension, with the line.
    """

    kind: str
    name: str
    description: str
    arguments: tuple[Argument, ...]
    source: str
    file: str

    def to_json(self) -> dict[str, Any]:
        """The fields as JSON values."""
        return asdict(self)


def describe(kind: str, factory: Factory) -> Extension:
    """Describe the extension that a factory makes."""
    text = inspect.getdoc(factory.make) or "(no description)"
    about = argument_texts(text)
    arguments = [
        Argument(
            name,
            *type_text(annotation),
            spelled(factory.defaults[name]) if name in factory.defaults else None,
            about.get(name) or description_of(annotation),
        )
        for name, annotation in factory.annotations.items()
    ]
    body = re.split(r"\n\w+:\n", text)[0].strip()
    return Extension(
        kind, factory.shown(), body, tuple(arguments), factory.source, file_of(factory.make)
    )


def argument_texts(text: str, heading: str = "Args") -> dict[str, str]:
    """Description of each argument, from a section of a docstring."""
    found: dict[str, str] = {}
    section = re.search(rf"(?:^|\n){heading}:\n((?:[ \t]+\S.*\n?|\n)+)", f"{text}\n")
    lines = (section[1] if section else "").splitlines()
    indent = min((len(one) - len(one.lstrip()) for one in lines if one.strip()), default=0)
    names: list[str] = []
    for line in filter(str.strip, lines):
        started = ARGUMENT.fullmatch(line) if len(line) - len(line.lstrip()) == indent else None
        names = started["names"].split(", ") if started else names
        more = started["text"] if started else line.strip()
        found |= {name: f"{found.get(name, '')} {more}".strip() for name in names}
    return found


def type_text(annotation: Any) -> tuple[str, str]:
    """Type and range of an annotation, in words."""
    if annotation == FilePath:
        return "path of a file", ""
    if get_origin(annotation) is Annotated:
        ranges = [one.text for one in limits_of(annotation) if isinstance(one, Within)]
        names = [f"one of {one}" for one in limits_of(annotation) if isinstance(one, OneOf)]
        names += [str(one) for one in limits_of(annotation) if isinstance(one, SomeOf)]
        inner = get_args(annotation)[0]
        return (names[0] if names else type_text(inner)[0]), ", ".join(ranges)
    if get_origin(annotation) is Literal:
        words = [str(one) for one in get_args(annotation)]
        return words[0] if len(words) == 1 else f"one of {', '.join(words)}", ""
    if get_origin(annotation) in (Union, types.UnionType):
        parts = [type_text(one) for one in get_args(annotation)]
        return " or ".join(one for one, _ in parts), ", ".join(one for _, one in parts if one)
    return TYPES.get(annotation, "any value"), ""


def file_of(make: Callable[..., Any]) -> str:
    """File and line of a function; of an installed package, from the package on."""
    try:
        path = Path(inspect.getsourcefile(make) or "")
        line = inspect.getsourcelines(make)[1]
    except (OSError, TypeError):
        return ""
    package = make.__module__.partition(".")[0]
    parts = path.parts
    inner = parts[len(parts) - parts[::-1].index(package) - 1 :] if package in parts else parts
    return f"{Path(*inner)}:{line}"
