"""Conversion of a data set's rows to rows with the field names of task files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from string import Formatter
from typing import Any

from truing.errors import DataError
from truing.tasks._fields import FileRow, check_present, text_of
from truing.tasks._truth import TruthRule, class_name, find_choice
from truing.tasks.hub._sets import HubSet

HubRow = Mapping[str, Any]
"""A row of a data set: JSON values by column."""


def read_row(where: str, row: HubRow, meaning: HubSet) -> FileRow:
    """A row with the field names of task files; the truth of a choice is its index.

    Args:
        where: place of the row, for messages.
        row: the row of the data set.
        meaning: meaning of its columns.

    Raises:
        DataError: a text or choice is empty, or the truth is no choice.
    """
    item = {"text": _fill(where, row, meaning.text)} if meaning.text else {}
    if meaning.chosen:
        return item | {
            name: _filled(where, column, _at(row, column))
            for name, column in (("chosen", meaning.chosen), ("rejected", meaning.rejected))
        }
    if not meaning.choices:
        return item | {"truth": _class(where, row, meaning)}
    return item | _choices(where, row, meaning)


def _class(where: str, row: HubRow, meaning: HubSet) -> str:
    """Name of a row's class: from its index, or the value itself."""
    value, names = _at(row, meaning.truth), meaning.names
    if names and isinstance(value, bool | int) and 0 <= value < len(names):
        return names[int(value)]
    check_present(where, meaning.truth, value)
    if (names and value not in names) or value is None:
        known = f"; allowed: {', '.join(names)}" if names else ""
        raise DataError(f"{where}: the truth {value!r} is not a class{known}")
    return class_name(where, value)


def _choices(where: str, row: HubRow, meaning: HubSet) -> FileRow:
    columns = meaning.choices
    given = [_at(row, one) for one in columns] if len(columns) > 1 else _at(row, columns[0]) or []
    options = _options(where, columns, given)
    if meaning.truth in columns and len(columns) > 1:
        return {"choices": options, "truth": columns.index(meaning.truth)}
    rule = TruthRule(meaning.truth_is, meaning.first)
    if meaning.letters:  # the truth refers to these names only
        given, rule = _at(row, meaning.letters), TruthRule("name")
    return {"choices": options, "truth": find_choice(where, _at(row, meaning.truth), given, rule)}


def _options(where: str, columns: Sequence[str], given: Sequence[Any]) -> list[str]:
    """Texts of the choices, from one column each or from a single column."""
    if len(columns) > 1:
        options = [_filled(where, *one) for one in zip(columns, given, strict=True)]
    else:
        options = [text_of(where, columns[0], "" if one is None else one) for one in given]
    if len(options) < 2 or not all(one.strip() for one in options):
        raise DataError(f"{where}: two or more choices are needed, none of them empty")
    if len(set(options)) < len(options):
        raise DataError(f"{where}: two choices are the same")
    return options


def columns_of(template: str) -> list[str]:
    """The columns that a template names.

    Examples:
        >>> from truing.tasks.hub import columns_of
        >>> columns_of("{premise} Does it follow that: {hypothesis}")
        ['premise', 'hypothesis']
    """
    return [column for _, column, _, _ in Formatter().parse(template) if column]


def _fill(where: str, row: HubRow, template: str) -> str:
    """Template filled with the texts of its columns, at least one of which must not be empty."""
    filled, empty = "", True
    for between, column, _, _ in Formatter().parse(template):
        value = text_at(where, row, column) if column else ""
        empty = empty and not value.strip()
        filled += between + value
    if empty:
        raise DataError(f"{where}: the text is empty ({', '.join(columns_of(template))})")
    return filled


def text_at(where: str, row: HubRow, column: str) -> str:
    """Value of a column as text: one line per part of a list, empty for null.

    Raises:
        DataError: the value is NaN or an object.
    """
    return _text(where, column, _at(row, column))


def _filled(where: str, column: str, value: Any) -> str:
    text = _text(where, column, value)
    if not text.strip():
        raise DataError(f"{where}: {column} is empty")
    return text


def _text(where: str, column: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list) and not any(isinstance(part, dict | list) for part in value):
        return "\n".join(map(str, value))
    return text_of(where, column, value)


def _at(row: HubRow, column: str) -> Any:
    """Value of a column, or of a column inside a column."""
    value: Any = row
    for name in column.split("."):
        value = [one[name] for one in value] if isinstance(value, list) else value[name]
    return value
