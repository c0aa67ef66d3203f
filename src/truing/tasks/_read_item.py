"""Read an item: conversion of one row of a file or data set into an item and its ground truth."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from truing.errors import DataError
from truing.tasks._fields import (
    Fields,
    FileRow,
    check_present,
    list_of,
    origin_of,
    text_of,
    value_of,
)
from truing.tasks._item import Item
from truing.tasks._order import hidden_order
from truing.tasks._truth import TruthRule, class_name, find_choice, merge_numbers

LARGEST = 1e30  # bound on numbers, below the largest float32
NO_TRUTH = "unanswerable"  # group of the items of a classification that have no ground truth


def read_item(
    where: str,
    row: FileRow,
    rule: TruthRule,
    *,
    pair: bool,
    shared: Sequence[str] | None = None,
    needs: str | None = None,
) -> tuple[Item, int]:
    """Item with its choices in the order of the row, and the position of the right choice.

    The cluster is empty if the row names none.

    Args:
        where: place of the row, for messages.
        row: the row.
        rule: how the truth names a choice.
        pair: whether the row states its choices as `chosen` and `rejected`.
        shared: choices of a row without the field `choices`; None if the row must have it.
        needs: field that is required if the row has neither `question` nor `text`; None for none.

    Raises:
        DataError: the row lacks a required field, or a value is invalid.

    Examples:
        >>> from truing.tasks import TruthRule, read_item
        >>> row = {"id": "a", "question": "Is it?", "choices": ["yes", "no"], "truth": "no"}
        >>> item, right = read_item("items.csv, line 2", row, TruthRule(), pair=False)
        >>> item.choices[right]
        'no'
    """
    own, cluster = _name(where, row, "id", where.rpartition(" ")[2]), _name(where, row, "cluster")
    choices, right = _pair(where, row) if pair else _choices(where, row, rule, shared)
    stem = _stem(where, row, needs)
    hidden, group = (text_of(where, field, row.get(field, "")) for field in ("hidden", "group"))
    return Item(own, stem, choices, hidden, cluster, group), right


def read_answers(where: str, row: FileRow, rule: TruthRule, pairs: bool) -> tuple[Item, int]:
    """Item with its own choices in their hidden order, and the position of the right choice."""
    item, right = read_item(where, row, rule, pair=pairs)
    answers = item.answers
    if pairs:
        if answers[0] == answers[1]:
            raise DataError(f"{where}: 'chosen' and 'rejected' must be different texts")
        order = hidden_order(answers)
    else:
        if item.choices.count(item.choices[right]) > 1:
            raise DataError(
                f"{where}: the right choice {item.choices[right]!r} occurs twice; remove one"
            )
        order = hidden_order(item.choices, item.text)
    return own_cluster(item.reordered(order), row), order.index(right)


def read_labeled(
    where: str, row: FileRow, classes: Sequence[str] | None
) -> tuple[Item, str | None]:
    """Item of a classification, without choices so far, and its class; None if unanswerable."""
    own, cluster = _name(where, row, "id", where.rpartition(" ")[2]), _name(where, row, "cluster")
    truth = _class(where, row)
    if classes is not None and truth is not None:
        (truth,) = merge_numbers([truth], classes)
        if truth not in classes:
            raise DataError(
                f"{where}: the truth {truth!r} is not a class; allowed: {', '.join(classes)}"
            )
    is_vector = "vector" in row
    stem = _vector(where, row["vector"]) if is_vector else _stem(where, row, needs="text")
    return own_cluster(Item(own, stem, (), cluster=cluster), row), truth


def _class(where: str, row: FileRow) -> str | None:
    """Name of the class of a row; None for the group of unanswerable items."""
    others = row.others if isinstance(row, Fields) else row
    if others.get("group") != NO_TRUTH:
        return class_name(where, value_of(where, row, "truth"))
    if row.get("truth") not in (None, ""):
        raise DataError(
            f"{where}: the group is {NO_TRUTH!r}, but the truth is {row['truth']!r}; leave one of "
            "them out"
        )
    return None


def own_cluster(item: Item, row: FileRow) -> Item:
    """The item, which becomes a separate cluster if its row names no cluster."""
    return item if "cluster" in row else replace(item, cluster=f"item {item.id}")


def _name(where: str, row: FileRow, field: str, default: str = "") -> str:
    """Value of `id` or `cluster` as a text; any value is allowed."""
    value = row.get(field, default)
    check_present(where, field, value)
    return json.dumps(value) if isinstance(value, bool) else str(value)


def _stem(where: str, row: FileRow, needs: str | None) -> str:
    """Texts of `question` and `text`, separated by an empty line."""
    fields = [field for field in ("question", "text") if field in row]
    if not fields and needs:
        value_of(where, row, needs)
    texts = [text_of(where, field, row[field]) for field in fields]
    return texts[0] if len(texts) == 1 else "\n\n".join(texts)  # a single dialogue stays a Dialogue


def _pair(where: str, row: FileRow) -> tuple[tuple[str, ...], int]:
    """Better and worse answer, and the position of the better answer."""
    names = ("chosen", "rejected")
    return tuple(text_of(where, name, value_of(where, row, name)) for name in names), 0


def _choices(
    where: str, row: FileRow, rule: TruthRule, shared: Sequence[str] | None
) -> tuple[tuple[str, ...], int]:
    """Answers of the row, and the position of the right answer."""
    if "choices" not in row and shared is not None:
        (truth,) = merge_numbers([class_name(where, value_of(where, row, "truth"))], shared)
        return tuple(shared), shared.index(truth)
    given = list_of(where, "choices", value_of(where, row, "choices"))
    if len(given) < 2:
        raise DataError(f"{where}: 'choices' must be a list of two or more texts")
    names = tuple(text_of(where, "choices", one) for one in given)
    return names, find_choice(
        where, value_of(where, row, "truth"), given, rule, origin=origin_of(row)
    )


def _vector(where: str, value: Any) -> np.ndarray:
    """(columns,) float32; the array of an object may also be an image (height, width)."""
    if isinstance(value, np.ndarray):
        if not (np.abs(value) < LARGEST).all():
            raise DataError(f"{where}: the numbers must be finite and within 1e30")
        return value
    try:
        vector = [float(number) for number in list_of(where, "vector", value)]
    except (TypeError, ValueError, OverflowError):
        raise DataError(f"{where}: 'vector' must be a list of numbers") from None
    if not all(abs(number) < LARGEST for number in vector):
        raise DataError(f"{where}: the numbers of 'vector' must be finite and within 1e30")
    return np.array(vector, np.float32)
