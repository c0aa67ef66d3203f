"""Columns: the fields of a task's rows, under the names that a file or an object has for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from truing.errors import DataError
from truing.tasks._fields import FileRows, name_fields

FIELDS = ("id", "text", "vector", "choices", "truth", "chosen", "rejected", "cluster")
TEXT = ("question", "prompt")  # other names of `text`


def name_columns(place: str, rows: FileRows, columns: Mapping[str, str]) -> FileRows:
    """(place, row) of each row under the names of `FIELDS`.

    A row without `text` has `question` or `prompt` as `text`.

    Args:
        place: name of the file or object, for messages.
        rows: (place, row) of each row.
        columns: name of each field in the rows.

    Raises:
        DataError: no row has a named column, or a row has both of `question` and `prompt`, and
            neither is named.
    """
    others = other_texts(columns)
    found = name_fields(place, rows, {**columns, **{name: name for name in others}})
    for where, row in found:
        texts = [name for name in others if name in row]
        if len(texts) > 1 and not {"text", "vector"} & set(row):
            raise DataError(
                f"{where}: no 'text', and both {' and '.join(map(repr, texts))} can replace it; "
                f"name one of them with text={texts[0]}"
            )
        for name in texts:
            value = row.pop(name)
            if "vector" not in row:
                row.setdefault("text", value)
    return found


def other_texts(columns: Mapping[str, str]) -> list[str]:
    """Columns that can replace `text`; none if the text is named."""
    return [name for name in TEXT if columns["text"] == "text" and name not in columns.values()]


def check_columns(place: str, present: Iterable[str], columns: Mapping[str, str]) -> None:
    """Raise DataError if an object lacks a column that its kind of task needs."""
    there = list(present)
    fields = {field for field, name in columns.items() if name in there}
    needed = [field for field, name in columns.items() if name != field]
    needed += ["chosen", "rejected"] if fields & {"chosen", "rejected"} else ["truth"]
    if "truth" in needed and not fields & {"text", "vector", "choices"}:
        needed += [] if set(other_texts(columns)) & set(there) else ["text"]
    for field in needed:
        if field not in fields:
            raise DataError(
                f"{place} has no column {columns[field]!r}; its columns: "
                f"{', '.join(there) or 'none'}; name the column with "
                f"truing.load_task(data, {field}='COLUMN')"
            )
