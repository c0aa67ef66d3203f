"""Fault: what pydantic found wrong with something that was handed in, in one line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def tell_fault(errors: Sequence[Mapping[str, Any]], whole: str) -> str:
    """The first of several: where it is, and what.

    Args:
        errors: as pydantic lists them.
        whole: name of what was handed in, for a fault of no part of it.
    """
    first = errors[0]
    place = ".".join(str(part) for part in first["loc"]) or whole
    told = " ".join(first["msg"].removeprefix("Value error, ").split())
    return f"{place}: {told[:1].lower()}{told[1:]}"
