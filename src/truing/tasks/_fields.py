"""Checked fields of rows; an error message names the file, the line and the field."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any, TypeGuard

from truing.errors import DataError
from truing.tasks._dialogue import as_dialogue

FileRow = dict[str, Any]
"""A row of a file: JSON values by field."""

FileRows = list[tuple[str, FileRow]]
"""(place, row) of each row; messages name the place."""


class Fields(FileRow):
    """Fields of a row under the field names of task files.

    Attributes:
        names: for each field, its name in the file.
        present: names in the file of all fields of the row that are not null.
        renames: whether the user can name other columns, as after the name of a file.
    """

    def __init__(self, row: FileRow, names: Mapping[str, str], *, renames: bool = True):
        self.names = names
        self.renames = renames
        self.present = [name for name, value in row.items() if value is not None]
        super().__init__({own: row[name] for own, name in names.items() if name in self.present})


def name_fields(place: str, rows: FileRows, names: Mapping[str, str]) -> FileRows:
    """(place, row) of each row, with the named fields only.

    Args:
        place: name of the file or object, for messages.
        rows: (place, row) of each row.
        names: for each field, its name in the rows.

    Raises:
        DataError: no row has a renamed field.
    """
    for own, name in names.items():
        if name != own and not any(name in row for _, row in rows):
            known = ", ".join(rows[0][1]) or "no field"
            raise DataError(
                f"{place}: {own}={name}, but no row has {name!r}; fields of the first row: {known}"
            )
    return [(where, Fields(row, names)) for where, row in rows]


def name_of(where: str, row: FileRow, field: str) -> str | None:
    """Value of a name field as a text (1, 1.0 and "1" are the same); None if missing.

    Raises:
        DataError: the value is NaN, or neither a text nor a number.

    Examples:
        >>> from truing.tasks import name_of
        >>> name_of("items.csv, line 2", {"id": 1.0}, "id")
        '1'
    """
    value = row.get(field)
    if value is None:
        return None
    check_present(where, field, value)
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        raise DataError(f"{where}: {field} must be a name or a number, not {shown(value)}")
    is_whole = isinstance(value, float) and value.is_integer()
    return str(int(value) if is_whole else value)


def number_of(where: str, row: FileRow, field: str, default: float | None = None) -> float | None:
    """Value of a number field; `default` if missing.

    Raises:
        DataError: the value is not a finite number.

    Examples:
        >>> from truing.tasks import number_of
        >>> number_of("items.csv, line 2", {}, "games", default=1.0)
        1.0
    """
    value = row.get(field)
    if value is None:
        return default
    if not is_number(value):
        raise DataError(f"{where}: {field} must be a number, not {shown(value)}")
    return value


def is_number(value: Any) -> TypeGuard[int | float]:
    """Whether a value is a finite number, and not true or false."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def need(where: str, row: FileRow, *fields: str) -> None:
    """Raise DataError if a field is missing or null."""
    for field in fields:
        if row.get(field) is None:
            raise DataError(f"{where}: no field {field!r}; required: {', '.join(fields)}")


def value_of(where: str, row: FileRow, field: str) -> Any:
    """Value of a required field; raises DataError, with the field's name in the file."""
    if field in row:
        return row[field]
    name, present, hint = field, list(row), ""
    if isinstance(row, Fields):
        name, present = row.names.get(field, field), row.present
        hint = f"; name its column with {field}=COLUMN"
        if not row.renames:
            hint = f"; its fields may be {', '.join(row.names)}"
    known = ", ".join(present) or "no field"
    raise DataError(f"{where}: no field {name!r}; the row has {known}{hint}")


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
    """Value as a list; a cell of a table contains a JSON list, such as `["yes", "no"]`.

    Examples:
        >>> from truing.tasks import list_of
        >>> list_of("items.csv, line 2", "choices", '["yes", "no"]')
        ['yes', 'no']
    """
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
