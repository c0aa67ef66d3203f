"""Items: conversion of rows of a file or data set into items and their ground truth."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar

import numpy as np

from truing.errors import AmbiguousTruthError, DataError
from truing.tasks._fields import (
    Fields,
    FileRow,
    FileRows,
    Origin,
    check_present,
    list_of,
    origin_of,
    text_of,
    value_of,
)
from truing.tasks._item import Item
from truing.tasks._order import hidden_order
from truing.tasks._task import Kind
from truing.tasks._truth import (
    DECIDE,
    TruthRule,
    check_class_count,
    class_name,
    find_choice,
    merge_numbers,
    name_order,
)
from truing.tasks._vault import UNANSWERABLE

LARGEST = 1e30  # bound on numbers, below the largest float32
NO_TRUTH = "unanswerable"  # group of the items of a classification that have no ground truth

R = TypeVar("R")  # a row
T = TypeVar("T")


@dataclass(frozen=True)
class Items:
    """Items and ground truth of the rows of a file or data set.

    Attributes:
        kind: kind of the task.
        items: items of the usable rows.
        choices: as `Task.choices`.
        truth: (N,) index of the right choice; `UNANSWERABLE` for items of the group
            `unanswerable`.
        left_out: number of unusable rows that were left out.
        rows: (N,) index of each item's row in the file or data set.
    """

    kind: Kind
    items: tuple[Item, ...]
    choices: tuple[str, ...]
    truth: np.ndarray
    left_out: int
    rows: np.ndarray


def read_items(
    name: str,
    rows: FileRows,
    *,
    rule: TruthRule = DECIDE,
    classes: str | list[str] | None = None,
    any_count: bool = False,
    drop: bool = False,
) -> Items:
    """Read the items of a study. The fields of the first row determine the kind of the task.

    The answers of multiple choice and pairs are ordered by a hash of their texts.

    Args:
        name: name of the file or data set, for messages.
        rows: (place, row) of each row.
        rule: how a truth names a choice.
        classes: names of the classes of a classification, as a list or separated by /; by default
            all truths that occur.
        any_count: whether to accept any number of classes, because the data set names them.
        drop: whether to leave out unusable rows, instead of stopping at the first.

    Raises:
        DataError: a row lacks a field that its kind needs, or no row is usable.
    """
    if not rows:
        raise DataError(f"{name} has no row; it needs at least one")
    where, first = rows[0]
    own = [field for field in ("choices", "chosen", "rejected") if field in first]
    if classes is not None and own:
        raise DataError(
            f"{where}: classes are only for classification, but this item has {own[0]!r}"
        )
    if own:
        pairs = own != ["choices"]
        read = partial(_read_answers, rule=rule, pairs=pairs)
        kept, left_out = keep_usable(name, rows, read, drop)
        found = [_numbered(item, rows[at][1], at) for at, (item, _) in kept]
        choices = tuple(str(i) for i in range(max(len(item.choices) for item in found)))
        truth = np.array([right for _, (_, right) in kept], np.int64)
        kind: Kind = "preference" if pairs else "multiple choice"
        return Items(kind, tuple(found), choices, truth, left_out, _rows(kept))
    named = None if classes is None else _split_classes(classes)
    labeled, left_out = keep_usable(name, rows, partial(_read_labeled, classes=named), drop)
    _check_media([(rows[at][0], item) for at, (item, _) in labeled])
    labels = [label for _, (_, label) in labeled]
    merged = merge_numbers([label for label in labels if label is not None], named or ())
    choices = tuple(named or sorted(set(merged), key=name_order))
    if named is None and not any_count:
        check_class_count(name, len(choices), len(merged), origin_of(first))
    numbered = (_numbered(item, rows[at][1], at) for at, (item, _) in labeled)
    items = tuple(replace(item, choices=choices) for item in numbered)
    truth = np.full(len(labels), UNANSWERABLE, np.int64)
    known = np.array([label is not None for label in labels])
    truth[known] = [choices.index(one) for one in merged]
    return Items("classification", items, choices, truth, left_out, _rows(labeled))


def _rows(kept: Sequence[tuple[int, object]]) -> np.ndarray:
    return np.array([at for at, _ in kept], np.int64)


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


def keep_usable(
    name: str, rows: Sequence[tuple[str, R]], read: Callable[[str, R], T], drop: bool
) -> tuple[list[tuple[int, T]], int]:
    """(index, result of `read`) of each usable row, and the number of unusable rows.

    Args:
        name: name of the file or data set, for messages.
        rows: (place, row) of each row.
        read: function from place and row to a result; DataError if the row is unusable.
        drop: whether to leave out unusable rows, instead of stopping at the first.

    Raises:
        DataError: a row is unusable and `drop` is false, a truth is ambiguous, or no row is usable.
    """
    found: list[tuple[int, T]] = []
    reasons: list[str] = []
    for at, (where, row) in enumerate(rows):
        try:
            found.append((at, read(where, row)))
        except AmbiguousTruthError:
            raise  # applies to the whole file, so the row is not left out
        except DataError as error:
            if not drop:
                raise DataError(f"{error}; {_leaving_out(row)}") from None
            reasons.append(str(error))
    if not found:
        dropping = origin_of(rows[0][1]).option(drop="true")
        raise DataError(
            f"{name} has no usable row: {dropping} left out {len(reasons)} of {len(rows)}; "
            f"the first: {reasons[0]}"
        )
    return found, len(reasons)


def _leaving_out(row: object) -> str:
    """Sentence on how to leave out unusable rows."""
    origin = origin_of(row)
    if origin is Origin.QUESTIONS:
        return "correct such rows, or leave them out"
    return f"{origin.option(drop='true')} leaves out such rows"


def _read_answers(where: str, row: FileRow, rule: TruthRule, pairs: bool) -> tuple[Item, int]:
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
    return _own_cluster(item.reordered(order), row), order.index(right)


def _read_labeled(
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
    return _own_cluster(Item(own, stem, (), cluster=cluster), row), truth


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


def _numbered(item: Item, row: FileRow, at: int) -> Item:
    """The item, named by the number of its row if the row has no id, in a file of any format."""
    return item if "id" in row else _own_cluster(replace(item, id=str(at + 1)), row)


def _own_cluster(item: Item, row: FileRow) -> Item:
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


def _split_classes(given: str | list[str]) -> list[str]:
    is_list = isinstance(given, list)
    names = [class_name("classes", one) for one in given] if is_list else str(given).split("/")
    if len(names) < 2 or len(set(names)) < len(names) or "" in names:
        raise DataError(
            f"classes={given}: two or more different names are needed, such as classes=no/yes"
        )
    return names


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


def _check_media(placed: Sequence[tuple[str, Item]]) -> None:
    """Raise DataError if some items are texts and others vectors, or vectors differ in size."""
    sizes = [
        "a text"
        if isinstance(item.stem, str)
        else f"{' x '.join(map(str, item.stem.shape))} numbers"
        for _, item in placed
    ]
    for (where, _), size in zip(placed, sizes, strict=True):
        if size != sizes[0]:
            raise DataError(
                f"{where}: {size}, but the first row has {sizes[0]}; all rows must have the same"
            )
