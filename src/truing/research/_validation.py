"""Validation errors of pydantic as one line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import wraps
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from truing.calls import unknown_argument
from truing.errors import CallError, UserError
from truing.given import shown
from truing.wording import counted

M = TypeVar("M", bound=type[BaseModel])
OBJECTS = ("model_type", "model_attributes_type", "dict_type")
LONGEST_SHOWN = 60  # characters of a wrong text that a message repeats


def first_error(errors: Sequence[Mapping[str, Any]], whole: str) -> str:
    """The first validation error as `field: message`, or `field must be ..., got ...`.

    Args:
        errors: as pydantic lists them.
        whole: name of the validated object, for an error that concerns no single field.
    """
    first = errors[0]
    place = ".".join(str(part) for part in first["loc"]) or whole
    message = " ".join(first["msg"].removeprefix("Value error, ").split())
    if first["type"] == "missing":
        parent, _, last = place.rpartition(".")
        if parent and last.isdecimal():  # the place of a value in a list
            return f"{parent} must have at least {counted(int(last) + 1, 'value')}, got {last}"
        return f"the field {place} is missing"
    if first["type"] == "too_short":
        least, length = first["ctx"]["min_length"], first["ctx"]["actual_length"]
        return f"{place} must have at least {counted(least, 'value')}, got {length}"
    if first["type"] in ("string_too_short", "string_too_long"):
        limits = {"min_length": "at least", "max_length": "at most"}
        ((limit, count),) = first["ctx"].items()
        return (
            f"{place} must have {limits[limit]} {counted(count, 'character')}, got "
            f"{len(first['input'])}"
        )
    if first["type"] == "extra_forbidden":
        return f"unknown field {place}"
    if first["type"] == "union_tag_invalid":
        allowed = first["ctx"]["expected_tags"].replace("'", "")
        return f"unknown {place}.kind {first['ctx']['tag']!r}; the kinds are {allowed}"
    if first["type"] in OBJECTS:
        return f"{place} must be a JSON object"
    if message.startswith("Input should be "):
        given = first["input"]
        short = isinstance(given, int | float | bool | None)
        short |= isinstance(given, str) and len(given) <= LONGEST_SHOWN
        shown = f", got {given!r}" if short else ""
        return f"{place} must be {message.removeprefix('Input should be ')}{shown}"
    return f"{place}: {message[:1].lower()}{message[1:]}"


def each_once(names: tuple[str, ...]) -> tuple[str, ...]:
    """The names, for a field of pydantic in which no name occurs twice.

    Raises:
        ValueError: a name occurs more than once.
    """
    for name, count in Counter(names).items():
        if count > 1:
            raise ValueError(f"{shown(name)!r} is named {count} times; name it once")
    return names


def one_line_errors(model: M) -> M:
    """Decorator that makes a call of a pydantic model with wrong fields one clear line.

    Validation of nested values and of JSON is unchanged.
    """
    validate, names = model.__init__, list(model.__pydantic_fields__)

    @wraps(validate)
    def init(self: BaseModel, /, *args: object, **fields: Any) -> None:
        if args:
            example = ", ".join(f"{name}=..." for name in names[:2])
            raise CallError(f"{model.__name__} takes named arguments only: {example}, ...")
        for name in fields:
            if name not in names:
                raise unknown_argument(name, model.__name__, names)
        try:
            validate(self, **fields)
        except ValidationError as error:
            line = first_error(error.errors(), model.__name__)
            raise UserError(line) from None

    model.__init__ = init  # type: ignore[method-assign]
    return model
