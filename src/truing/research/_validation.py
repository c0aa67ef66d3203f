"""Validation errors of pydantic as one line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def first_error(errors: Sequence[Mapping[str, Any]], whole: str) -> str:
    """The first validation error as `field: message`.

    Args:
        errors: as pydantic lists them.
        whole: name of the validated object, for an error that concerns no single field.
    """
    first = errors[0]
    place = ".".join(str(part) for part in first["loc"]) or whole
    message = " ".join(first["msg"].removeprefix("Value error, ").split())
    return f"{place}: {message[:1].lower()}{message[1:]}"
