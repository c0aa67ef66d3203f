"""Items: conversion of all rows of a file or data set into items and their ground truth."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

import numpy as np

from truing.errors import AmbiguousTruthError, DataError
from truing.tasks._fields import FileRow, FileRows, Origin, origin_of
from truing.tasks._item import Item
from truing.tasks._read_item import own_cluster, read_answers, read_labeled
from truing.tasks._task import Kind
from truing.tasks._truth import (
    DECIDE,
    TruthRule,
    check_class_count,
    class_name,
    merge_numbers,
    name_order,
)
from truing.tasks._vault import UNANSWERABLE

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
        read = partial(read_answers, rule=rule, pairs=pairs)
        kept, left_out = keep_usable(name, rows, read, drop)
        found = [_numbered(item, rows[at][1], at) for at, (item, _) in kept]
        choices = tuple(str(i) for i in range(max(len(item.choices) for item in found)))
        truth = np.array([right for _, (_, right) in kept], np.int64)
        kind: Kind = "preference" if pairs else "multiple choice"
        return Items(kind, tuple(found), choices, truth, left_out, _rows(kept))
    named = None if classes is None else _split_classes(classes)
    labeled, left_out = keep_usable(name, rows, partial(read_labeled, classes=named), drop)
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


def _numbered(item: Item, row: FileRow, at: int) -> Item:
    """The item, named by the number of its row if the row has no id, in a file of any format."""
    return item if "id" in row else own_cluster(replace(item, id=str(at + 1)), row)


def _split_classes(given: str | list[str]) -> list[str]:
    is_list = isinstance(given, list)
    names = [class_name("classes", one) for one in given] if is_list else str(given).split("/")
    if len(names) < 2 or len(set(names)) < len(names) or "" in names:
        raise DataError(
            f"classes={given}: two or more different names are needed, such as classes=no/yes"
        )
    return names


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
