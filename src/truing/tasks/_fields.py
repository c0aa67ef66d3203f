"""Checked fields of rows; an error message names the file, the line and the field."""

from __future__ import annotations

import json
import math
from typing import Any

from truing.errors import DataError
from truing.tasks._dialogue import as_dialogue


def name_of(where: str, row: dict[str, Any], field: str, default: str | None = None) -> str | None:
    """Value of a name field as a text (1, 1.0 and "1" are the same); `default` if missing."""
    value = row.get(field)
    if value is None:
        return default
    check_present(where, field, value)
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        raise DataError(f"{where}: {field} must be a name or a number, not {shown(value)}")
    is_whole = isinstance(value, float) and value.is_integer()
    return str(int(value) if is_whole else value)


def number_of(
    where: str, row: dict[str, Any], field: str, default: float | None = None
) -> float | None:
    """Value of a number field, which must be finite; `default` if missing."""
    value = row.get(field)
    if value is None:
        return default
    whole_or_float = isinstance(value, int | float) and not isinstance(value, bool)
    if not whole_or_float or not math.isfinite(value):
        raise DataError(f"{where}: {field} must be a number, not {shown(value)}")
    return value


def need(where: str, row: dict[str, Any], *fields: str) -> None:
    """Raise DataError if a field is missing or null."""
    for field in fields:
        if row.get(field) is None:
            raise DataError(f"{where}: no field {field!r}; required: {', '.join(fields)}")


def value_of(where: str, row: dict[str, Any], field: str) -> Any:
    """Value of a required field."""
    if field not in row:
        name = getattr(row, "names", {}).get(field, field)
        known = ", ".join(getattr(row, "present", row)) or "no field"
        hint = f"; name its column with {field}=COLUMN" if hasattr(row, "names") else ""
        raise DataError(f"{where}: no field {name!r}; the row has {known}{hint}")
    return row[field]


def text_of(where: str, field: str, value: Any) -> str:
    """Value as a text: a text unchanged, a number or true/false as text, messages as a dialogue.

    Raises:
        DataError: the value is NaN, or a list or object that is not a list of messages.
    """
    check_present(where, field, value)
    if isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, str):
        return value
    if isinstance(value, int | float):
        return str(value)
    dialogue = as_dialogue(value)
    if dialogue is None:
        raise DataError(
            f"{where}: {field} must be a text, a number, or a list of messages with 'role' and "
            f"'content', not {type(value).__name__}"
        )
    return dialogue


def list_of(where: str, field: str, value: Any) -> list[Any]:
    """Value as a list; a cell of a table contains a JSON list, such as `["yes", "no"]`."""
    if isinstance(value, str) and value.lstrip().startswith("["):
        try:
            value = json.loads(value)
        except json.JSONDecodeError as error:
            raise DataError(f"{where}: {field!r} is not a JSON list ({error.msg})") from None
    if not isinstance(value, list):
        raise DataError(f"{where}: {field!r} must be a list, not {type(value).__name__}")
    return value


def shown(value: Any) -> str:
    """A value for a message; true, false and null as in JSON."""
    return json.dumps(value) if value is None or isinstance(value, bool) else repr(value)


def check_present(where: str, field: str, value: Any) -> None:
    """Raise DataError for NaN, which means a missing value."""
    if isinstance(value, float) and math.isnan(value):
        raise DataError(
            f"{where}: {field} is NaN, a missing value; give a value, or leave the field out"
        )
