"""Checked fields of rows; an error message names the file, the line and the field."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from enum import Enum
from typing import Any, TypeGuard

from truing.errors import DataError
from truing.tasks._dialogue import as_dialogue

FileRow = dict[str, Any]
"""A row of a file: JSON values by field."""

FileRows = list[tuple[str, FileRow]]
"""(place, row) of each row; messages name the place."""


GUESSES = {  # other names that users give a field, in lower case
    "text": ("sentence", "content", "review", "document", "body", "input"),
    "question": ("prompt", "problem", "query", "input"),
    "vector": ("features", "embedding", "embeddings"),
    "choices": ("options", "candidates", "answers"),
    "truth": (
        *("label", "labels", "target", "targets", "y", "class", "answer", "gold", "correct"),
        *("is_correct", "ground_truth"),
    ),
    "chosen": ("better", "preferred", "accepted"),
    "rejected": ("worse", "dispreferred"),
}


class Origin(Enum):
    """Where rows come from, which determines how a user states an option for them."""

    FILE = "a file or a data set with a name"
    OBJECT = "an object in Python that is a task"
    QUESTIONS = "questions in Python"

    def option(self, **options: str) -> str:
        """Options as the user states them for a task.

        Examples:
            >>> from truing.tasks import Origin
            >>> Origin.FILE.option(drop="true"), Origin.OBJECT.option(drop="true")
            ('drop=true', 'truing.load_task(data, drop=True)')
        """
        if self is Origin.FILE:
            return ",".join(f"{name}={value}" for name, value in options.items())
        shown = {name: "True" if one == "true" else repr(one) for name, one in options.items()}
        return f"truing.load_task(data, {', '.join(f'{k}={v}' for k, v in shown.items())})"


class Fields(FileRow):
    """Fields of a row under the field names of task files.

    Attributes:
        names: for each field, its name in the file.
        present: names in the file of all fields of the row that are not null.
        columns: names in the file of all fields of the row.
        others: values of the columns that are no field of task files, by column.
        origin: where the row comes from.
    """

    def __init__(self, row: FileRow, names: Mapping[str, str], origin: Origin = Origin.FILE):
        self.names = names
        self.others = {name: value for name, value in row.items() if name not in names.values()}
        self.origin = origin
        self.columns = list(row)
        self.present = [name for name, value in row.items() if value is not None]
        super().__init__({own: row[name] for own, name in names.items() if name in self.present})


def origin_of(row: object) -> Origin:
    """Where a row comes from."""
    return row.origin if isinstance(row, Fields) else Origin.FILE


def guess_column(field: str, name: str, columns: Iterable[str]) -> str:
    """The column that probably is a field whose own name no column has; empty if none is likely.

    Args:
        field: the field, `truth`.
        name: name that the user gave for it, or the field itself.
        columns: names of all columns.

    Examples:
        >>> from truing.tasks._fields import guess_column
        >>> guess_column("truth", "truth", ["text", "Label"])
        'Label'
        >>> guess_column("truth", "truth", ["text", "answer", "truthful"])
        'truthful'
    """
    listed = list(columns)
    lower = {one.lower(): one for one in listed}
    begun = sorted((one for one in listed if one.lower().startswith(name.lower())), key=len)
    known = [lower[one] for one in GUESSES.get(field, ()) if one in lower]
    near = get_close_matches(name, listed, n=1)
    return next(iter([*begun, *known, *near]), "")


def name_fields(
    place: str, rows: FileRows, names: Mapping[str, str], origin: Origin = Origin.FILE
) -> FileRows:
    """(place, row) of each row, with the named fields only.

    Args:
        place: name of the file or object, for messages.
        rows: (place, row) of each row.
        names: for each field, its name in the rows.
        origin: where the rows come from.

    Raises:
        DataError: no row has a renamed field.
    """
    for own, name in names.items():
        if name != own and not any(name in row for _, row in rows):
            known = ", ".join(rows[0][1]) or "no field"
            raise DataError(
                f"{place}: {own}={name}, but no row has {name!r}; fields of the first row: {known}"
            )
    return [(where, Fields(row, names, origin)) for where, row in rows]


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
        hint = f"; {_naming(field, name, row)}"
    known = ", ".join(present) or "no field"
    raise DataError(f"{where}: no field {name!r}; the row has {known}{hint}")


def _naming(field: str, name: str, row: Fields) -> str:
    """Sentence on how to name the column of a field."""
    unnamed = name == field and name not in row.columns
    guess = guess_column(field, name, row.present) if unnamed else ""
    if row.origin is Origin.QUESTIONS:
        renamed = f"; did you mean the field {guess!r}? Rename it to {field!r}" if guess else ""
        return f"its fields may be {', '.join(row.names)}{renamed}"
    meant = f"did you mean the column {guess!r}? Name it" if guess else "name its column"
    return f"{meant} with {row.origin.option(**{field: guess or 'COLUMN'})}"


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
