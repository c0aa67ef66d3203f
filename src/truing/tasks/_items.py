"""Items: rows of a file or of a data set, by the names of our fields, become items and truths."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar

import numpy as np

from truing.errors import AmbiguousTruthError, DataError
from truing.tasks._fields import check_present, list_of, text_of, value_of
from truing.tasks._item import Item
from truing.tasks._order import hidden_order
from truing.tasks._read_rows import FileRow, FileRows
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

LARGEST = 1e30  # single precision ends a little above

T = TypeVar("T")


@dataclass(frozen=True)
class Items:
    """The items that rows state.

    Attributes:
        kind: of the task.
        items: of the rows that can be used.
        choices: as `Task.choices`.
        truth: (N,) index of the right choice.
        left_out: rows that cannot be used.
    """

    kind: Kind
    items: tuple[Item, ...]
    choices: tuple[str, ...]
    truth: np.ndarray
    left_out: int


def read_items(
    name: str,
    rows: FileRows,
    *,
    rule: TruthRule = DECIDE,
    classes: str | None = None,
    any_count: bool = False,
    drop: bool = False,
) -> Items:
    """Read the items of a study; the fields of the first row decide the kind of task.

    Choices and pairs are put in an order that a hash of their texts decides.

    Args:
        name: of the file or data set, for messages.
        rule: how a truth names a choice.
        classes: of a classification, with / between them; by default the truths that occur.
        any_count: any number of classes is right, because the data set itself names them.
        drop: leave out rows that cannot be used, instead of stopping at the first.

    Raises:
        DataError: a row without what its kind needs, or no row that can be used.
    """
    where, first = rows[0]
    own = [field for field in ("choices", "chosen", "rejected") if field in first]
    if classes is not None and own:
        raise DataError(f"{where}: classes are for classification; this item has {own[0]!r}")
    if own:
        pairs = own != ["choices"]
        read = partial(_read_answers, rule=rule, pairs=pairs)
        kept, left_out = keep_usable(name, rows, read, drop)
        found = [item for _, (item, _) in kept]
        choices = tuple(str(i) for i in range(max(len(item.choices) for item in found)))
        truth = np.array([right for _, (_, right) in kept], np.int64)
        kind: Kind = "preference" if pairs else "multiple choice"
        return Items(kind, tuple(found), choices, truth, left_out)
    named = None if classes is None else _split_classes(classes)
    labelled, left_out = keep_usable(name, rows, partial(_read_labelled, classes=named), drop)
    _check_media([(rows[at][0], item) for at, (item, _) in labelled])
    truths = merge_numbers([label for _, (_, label) in labelled], named or ())
    choices = tuple(named or sorted(set(truths), key=name_order))
    if named is None and not any_count:
        check_class_count(name, len(choices), len(truths))
    items = tuple(replace(item, choices=choices) for _, (item, _) in labelled)
    truth = np.array([choices.index(one) for one in truths], np.int64)
    return Items("classification", items, choices, truth, left_out)


def read_item(
    where: str,
    row: FileRow,
    rule: TruthRule,
    *,
    pair: bool,
    shared: Sequence[str] | None = None,
    needs: str | None = None,
) -> tuple[Item, int]:
    """An item, its choices in the order of the row, and the position of the right choice.

    The cluster is empty where the row names none.

    Args:
        pair: the row states its choices as `chosen` and `rejected`.
        shared: the choices of a row without choices of its own; None where it needs them.
        needs: a field that the row must have where it has neither `question` nor `text`.

    Raises:
        DataError: a row without what an item needs.
    """
    own, cluster = _name(where, row, "id", where.rpartition(" ")[2]), _name(where, row, "cluster")
    choices, right = _pair(where, row) if pair else _choices(where, row, rule, shared)
    stem = _stem(where, row, needs)
    hidden, group = (text_of(where, field, row.get(field, "")) for field in ("hidden", "group"))
    return Item(own, stem, choices, hidden, cluster, group), right


def keep_usable(
    name: str, rows: FileRows, read: Callable[[str, FileRow], T], drop: bool
) -> tuple[list[tuple[int, T]], int]:
    """What a reader makes of rows, with their indices, and how many cannot be used.

    Raises:
        DataError: a row that cannot be used, unless `drop`; an ambiguous truth; or no row that can
            be used.
    """
    found: list[tuple[int, T]] = []
    reasons: list[str] = []
    for at, (where, row) in enumerate(rows):
        try:
            found.append((at, read(where, row)))
        except AmbiguousTruthError:
            raise  # the whole file needs to say what is meant
        except DataError as error:
            if not drop:
                raise DataError(f"{error} (drop=true leaves such rows out)") from None
            reasons.append(str(error))
    if not found:
        raise DataError(
            f"{name} has no row that can be used: drop=true left out {len(reasons)} of "
            f"{len(rows)}; the first: {reasons[0]}"
        )
    return found, len(reasons)


def _read_answers(where: str, row: FileRow, rule: TruthRule, pairs: bool) -> tuple[Item, int]:
    """An item with choices of its own in their hidden order, and the position of the right one."""
    item, right = read_item(where, row, rule, pair=pairs)
    answers = item.answers
    if pairs:
        if answers[0] == answers[1]:
            raise DataError(f"{where}: 'chosen' and 'rejected' are the same text")
        order = hidden_order(answers)
    else:
        if item.choices.count(item.choices[right]) > 1:
            raise DataError(f"{where}: the right choice {item.choices[right]!r} occurs twice")
        order = hidden_order(item.choices, item.text)
    return _own_cluster(item.reordered(order), row), order.index(right)


def _read_labelled(where: str, row: FileRow, classes: Sequence[str] | None) -> tuple[Item, str]:
    """An item of a classification, still without its choices, and the name of its class."""
    own, cluster = _name(where, row, "id", where.rpartition(" ")[2]), _name(where, row, "cluster")
    truth = class_name(where, value_of(where, row, "truth"))
    if classes is not None:
        (truth,) = merge_numbers([truth], classes)
        if truth not in classes:
            raise DataError(
                f"{where}: the truth {truth!r} is no class; allowed: {', '.join(classes)}"
            )
    is_vector = "vector" in row
    stem = _vector(where, row["vector"]) if is_vector else _stem(where, row, needs="text")
    return _own_cluster(Item(own, stem, (), cluster=cluster), row), truth


def _own_cluster(item: Item, row: FileRow) -> Item:
    """An item that is its own cluster where its row names none."""
    return item if "cluster" in row else replace(item, cluster=f"item {item.id}")


def _name(where: str, row: FileRow, field: str, default: str = "") -> str:
    """An id or a cluster: anything, as a text."""
    value = row.get(field, default)
    check_present(where, field, value)
    return json.dumps(value) if isinstance(value, bool) else str(value)


def _stem(where: str, row: FileRow, needs: str | None) -> str:
    """The texts of `question` and `text`, with an empty line between them."""
    fields = [field for field in ("question", "text") if field in row]
    if not fields and needs:
        value_of(where, row, needs)
    texts = [text_of(where, field, row[field]) for field in fields]
    return texts[0] if len(texts) == 1 else "\n\n".join(texts)  # a dialogue remains one


def _pair(where: str, row: FileRow) -> tuple[tuple[str, ...], int]:
    """The better and the worse answer, and the position of the better."""
    names = ("chosen", "rejected")
    return tuple(text_of(where, name, value_of(where, row, name)) for name in names), 0


def _choices(
    where: str, row: FileRow, rule: TruthRule, shared: Sequence[str] | None
) -> tuple[tuple[str, ...], int]:
    """The row's answers, and the position of the right one."""
    if "choices" not in row and shared is not None:
        (truth,) = merge_numbers([class_name(where, value_of(where, row, "truth"))], shared)
        return tuple(shared), shared.index(truth)
    given = list_of(where, "choices", value_of(where, row, "choices"))
    if len(given) < 2:
        raise DataError(f"{where}: 'choices' must be a list of two or more texts")
    names = tuple(text_of(where, "choices", one) for one in given)
    return names, find_choice(where, value_of(where, row, "truth"), given, rule)


def _split_classes(given: str) -> list[str]:
    names = given.split("/")
    if len(names) < 2 or len(set(names)) < len(names) or "" in names:
        raise DataError(f"classes={given}: two or more names are needed, such as classes=no/yes")
    return names


def _vector(where: str, value: Any) -> np.ndarray:
    """(columns,) float32."""
    try:
        vector = [float(number) for number in list_of(where, "vector", value)]
    except (TypeError, ValueError, OverflowError):
        raise DataError(f"{where}: 'vector' must be a list of numbers") from None
    if not all(abs(number) < LARGEST for number in vector):
        raise DataError(f"{where}: 'vector' has a number that is not finite, or beyond 1e30")
    return np.array(vector, np.float32)


def _check_media(placed: Sequence[tuple[str, Item]]) -> None:
    """Raise DataError where an item is a text and another a vector, or two vectors differ."""
    sizes = [
        "a text" if isinstance(item.stem, str) else f"{len(item.stem)} numbers"
        for _, item in placed
    ]
    for (where, _), size in zip(placed, sizes, strict=True):
        if size != sizes[0]:
            raise DataError(f"{where}: {size} where the first row has {sizes[0]}")
