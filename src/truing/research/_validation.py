"""Validation errors of pydantic as one line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

OBJECTS = ("model_type", "model_attributes_type", "dict_type")


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
        return f"the field {place} is missing"
    if first["type"] == "extra_forbidden":
        return f"unknown field {place}"
    if first["type"] in OBJECTS:
        return f"{place} must be a JSON object"
    if message.startswith("Input should be "):
        given = first["input"]
        shown = f", got {given!r}" if isinstance(given, int | float | bool | None) else ""
        return f"{place} must be {message.removeprefix('Input should be ')}{shown}"
    return f"{place}: {message[:1].lower()}{message[1:]}"
