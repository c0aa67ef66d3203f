"""Rows: what a row of a data set says, in the terms of our own items."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from string import Formatter
from typing import Any

from truing.errors import DataError
from truing.tasks._order import hidden_order
from truing.tasks.hub._sets import HubSet


def read_row(where: str, row: Mapping[str, Any], meaning: HubSet) -> dict[str, Any]:
    """A row by the names that a JSONL file's fields have.

    Args:
        where: the row's place, for a message.

    Raises:
        DataError: an empty text or choice, or a truth that is no choice.
    """
    if meaning.chosen:
        item = {name: _text(where, row, getattr(meaning, name)) for name in ("chosen", "rejected")}
        if item["chosen"] == item["rejected"]:
            raise DataError(f"{where}: both texts of the pair are the same")
        return item
    item = {"text": _fill(where, row, meaning.text)} if meaning.text else {}
    if not meaning.choices:
        return {**item, "truth": _class(where, row, meaning)}
    return {**item, **_choices(where, row, meaning, item.get("text", ""))}


def _class(where: str, row: Mapping[str, Any], meaning: HubSet) -> str:
    """A class's name: by its number, or as it stands there."""
    value, names = _at(row, meaning.truth), meaning.names
    if names and isinstance(value, bool | int) and 0 <= value < len(names):
        return names[int(value)]
    if (names and value not in names) or value is None:
        known = f"; they are {', '.join(names)}" if names else ""
        raise DataError(f"{where}: the truth {value!r} is no class{known}")
    return str(value)


def _choices(where: str, row: Mapping[str, Any], meaning: HubSet, about: str) -> dict[str, Any]:
    options = _options(where, row, meaning.choices)
    if meaning.truth in meaning.choices and len(options) > 1:
        order = hidden_order(options, about)
        right = order.index(meaning.choices.index(meaning.truth))
        return {"choices": [options[i] for i in order], "truth": right}
    right = plain(row, meaning.truth)
    called = [str(i + meaning.first) for i in range(len(options))]
    if meaning.letters:
        called = [str(letter) for letter in _at(row, meaning.letters)]
    for names in (called, options):
        if names.count(right) == 1:
            return {"choices": options, "truth": names.index(right)}
    raise DataError(f"{where}: the truth {right!r} is no choice; they are {', '.join(called)}")


def _options(where: str, row: Mapping[str, Any], columns: Sequence[str]) -> list[str]:
    if len(columns) > 1:
        options = [_text(where, row, column) for column in columns]
    else:
        options = [str(one) for one in _at(row, columns[0]) or ()]
    if len(options) < 2 or not all(one.strip() for one in options):
        raise DataError(f"{where}: a choice is empty, or there are fewer than two")
    if len(set(options)) < len(options):
        raise DataError(f"{where}: two choices are the same")
    return options


def columns_of(template: str) -> list[str]:
    """The columns that a template names."""
    return [column for _, column, _, _ in Formatter().parse(template) if column]


def _fill(where: str, row: Mapping[str, Any], template: str) -> str:
    """A template with its columns' texts, of which at least one is not empty."""
    filled, held = "", False
    for between, column, _, _ in Formatter().parse(template):
        value = plain(row, column) if column else ""
        held = held or bool(value.strip())
        filled += between + value
    if not held:
        raise DataError(f"{where}: the text is empty ({', '.join(columns_of(template))})")
    return filled


def _text(where: str, row: Mapping[str, Any], column: str) -> str:
    text = plain(row, column)
    if not text.strip():
        raise DataError(f"{where}: {column} is empty")
    return text


def plain(row: Mapping[str, Any], column: str) -> str:
    """A column as text: a list's parts on lines of their own, nothing for nothing."""
    value = _at(row, column)
    if isinstance(value, list):
        return "\n".join(map(str, value))
    return "" if value is None else str(value)


def _at(row: Mapping[str, Any], column: str) -> Any:
    """The value of a column, or of a column in a column."""
    value: Any = row
    for name in column.split("."):
        value = [one[name] for one in value] if isinstance(value, list) else value[name]
    return value
