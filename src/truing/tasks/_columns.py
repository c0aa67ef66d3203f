"""Columns: the fields of a task's rows, under the names that a file or an object has for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from truing.errors import DataError
from truing.tasks._fields import Fields, FileRow, FileRows, Origin, guess_column, name_fields

FIELDS = ("id", "text", "vector", "choices", "truth", "chosen", "rejected", "cluster")
TEXT = ("question", "prompt")  # other names of `text`


def name_columns(
    place: str, rows: FileRows, columns: Mapping[str, str], origin: Origin = Origin.FILE
) -> FileRows:
    """(place, row) of each row under the names of `FIELDS`.

    A row without `text` has `question` or `prompt` as `text`.

    Args:
        place: name of the file or object, for messages.
        rows: (place, row) of each row.
        columns: name of each field in the rows.
        origin: where the rows come from.

    Raises:
        DataError: no row has a named column, or a row has both of `question` and `prompt`, and
            neither is named.
    """
    others = other_texts(columns)
    found = name_fields(place, rows, {**columns, **{name: name for name in others}}, origin)
    for where, row in found:
        texts = [name for name in others if name in row]
        if len(texts) > 1 and not {"text", "vector"} & set(row):
            raise DataError(
                f"{where}: no 'text', and both {' and '.join(map(repr, texts))} can replace it; "
                f"name one of them with {origin.option(text=texts[0])}"
            )
        for name in texts:
            value = row.pop(name)
            if "vector" not in row:
                row.setdefault("text", value)
    return found


def other_columns(rows: FileRows) -> list[FileRow]:
    """Values of the columns that are no field of task files, by column, of each row."""
    return [
        {name: value for name, value in found.items() if name not in (*FIELDS, *TEXT)}
        for found in (row.others if isinstance(row, Fields) else row for _, row in rows)
    ]


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
    missing = [field for field in dict.fromkeys(needed) if field not in fields]
    if missing:
        raise DataError(f"{place} has {_missing(missing, there, columns)}")


def _missing(fields: Sequence[str], there: Sequence[str], columns: Mapping[str, str]) -> str:
    """Message for fields without a column: likely columns, and the call that names them."""
    free = [one for one in there if one not in columns.values()]
    guesses = dict.fromkeys(fields, "")
    for field in sorted(fields, key=lambda one: one == "text"):
        left = [one for one in free if one not in guesses.values()]
        guesses[field] = guess_column(field, columns[field], left)
    named = {field: name for field, name in columns.items() if name != field}
    named |= {field: guess or "COLUMN" for field, guess in guesses.items()}
    call = Origin.OBJECT.option(**{field: named[field] for field in FIELDS if field in named})
    likely = [repr(guess) for guess in guesses.values() if guess]
    meant = f"did you mean the column{'s' * (len(likely) > 1)} {' and '.join(likely)}? Pass"
    no_text = "text" in guesses and not guesses["text"]
    arrays = "; numbers are a task as a tuple of arrays, (X, y)" if no_text else ""
    return (
        f"no column {' and no column '.join(repr(columns[field]) for field in fields)}; "
        f"its columns: {', '.join(there) or 'none'}; "
        f"{meant if likely else 'pass'} {call} in place of the data{arrays}"
    )
