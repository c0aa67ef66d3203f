"""Fields of recorded rows, checked; a message names the file and the line."""

from __future__ import annotations

import math
from typing import Any

from truing.errors import DataError


def name_of(where: str, row: dict[str, Any], field: str, default: str | None = None) -> str | None:
    """A name, or a number as a name (1, 1.0 and "1" are the same); `default` without a value."""
    value = row.get(field)
    if value is None:
        return default
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        raise DataError(f"{where}: {field} must be a name or a number, not {value!r}")
    is_whole = isinstance(value, float) and value.is_integer()
    return str(int(value) if is_whole else value)


def number_of(
    where: str, row: dict[str, Any], field: str, default: float | None = None
) -> float | None:
    """A finite number; `default` where the row has none."""
    value = row.get(field)
    if value is None:
        return default
    whole_or_float = isinstance(value, int | float) and not isinstance(value, bool)
    if not whole_or_float or not math.isfinite(value):
        raise DataError(f"{where}: {field} must be a number, not {value!r}")
    return value


def need(where: str, row: dict[str, Any], *fields: str) -> None:
    """Raises DataError where a field is missing or null."""
    for field in fields:
        if row.get(field) is None:
            raise DataError(f"{where}: no {field!r}; needed are {', '.join(fields)}")
