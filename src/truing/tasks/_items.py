"""Items: rows of a file or of a data set, by the names of our fields, become a task's content."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import numpy as np

from truing.errors import AmbiguousTruthError, DataError
from truing.tasks._dialogue import Dialogue
from truing.tasks._fields import check_present, list_of, text_of, value_of
from truing.tasks._order import hidden_order
from truing.tasks._read_rows import Row, Rows
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
Read = tuple[Any, Any]
"""An item's input and its truth: the name of a class, or the position of a choice."""


@dataclass(frozen=True)
class Items:
    """What rows say.

    Attributes:
        kind: of the task.
        rows: those that were used, with their places.
        inputs: as `Task.inputs`.
        choices: as `Task.choices`.
        truth: (N,) index of the right choice.
        left_out: rows that cannot be used.
    """

    kind: Kind
    rows: Rows
    inputs: np.ndarray
    choices: list[str]
    truth: np.ndarray
    left_out: int


def read_items(
    name: str,
    rows: Rows,
    *,
    rule: TruthRule = DECIDE,
    classes: str | None = None,
    any_count: bool = False,
    drop: bool = False,
) -> Items:
    """Read rows; the fields of the first decide the kind of task.

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
    if "chosen" in own or "rejected" in own:
        kind, read = "preference", _read_pair
    elif own:
        kind, read = "multiple choice", partial(_read_choices, rule=rule)
    else:
        named = None if classes is None else _split_classes(classes)
        kind, read = "classification", partial(_read_class, classes=named)
    kept, left_out = keep_usable(name, rows, read, drop)
    found = [one for _, one in kept]
    used = [rows[at] for at, _ in kept]
    inputs = _gather([place for place, _ in used], [one for one, _ in found], kind)
    if kind == "classification":
        choices, truth = _classes([one for _, one in found], named)
        if named is None and not any_count:
            check_class_count(name, len(choices), len(truth))
    else:
        choices, truth = [str(i) for i in range(inputs.shape[1])], [one for _, one in found]
    return Items(kind, used, inputs, choices, np.array(truth, np.int64), left_out)


def keep_usable(
    name: str, rows: Rows, read: Callable[[str, Row], T], drop: bool
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


def _read_class(where: str, row: Row, classes: Sequence[str] | None) -> Read:
    _check_shared(where, row)
    truth = class_name(where, value_of(where, row, "truth"))
    if classes is not None:
        (truth,) = merge_numbers([truth], classes)
        if truth not in classes:
            raise DataError(
                f"{where}: the truth {truth!r} is no class; allowed: {', '.join(classes)}"
            )
    if "vector" in row:
        return _vector(where, row["vector"]), truth
    return text_of(where, "text", value_of(where, row, "text")), truth


def _classes(truths: Sequence[str], named: Sequence[str] | None) -> tuple[list[str], list[int]]:
    """The classes, and the position of each item's."""
    truths = merge_numbers(truths, named or ())
    choices = list(named or sorted(set(truths), key=name_order))
    return choices, [choices.index(one) for one in truths]


def _split_classes(given: str) -> list[str]:
    names = given.split("/")
    if len(names) < 2 or len(set(names)) < len(names) or "" in names:
        raise DataError(f"classes={given}: two or more names are needed, such as classes=no/yes")
    return names


def _read_choices(where: str, row: Row, rule: TruthRule) -> Read:
    _check_shared(where, row)
    given = list_of(where, "choices", value_of(where, row, "choices"))
    if len(given) < 2:
        raise DataError(f"{where}: 'choices' must be a list of two or more texts")
    names = [text_of(where, "choices", one) for one in given]
    right = find_choice(where, value_of(where, row, "truth"), given, rule)
    if names.count(names[right]) > 1:
        raise DataError(f"{where}: the right choice {names[right]!r} occurs twice")
    stem = text_of(where, "text", row["text"]) if "text" in row else ""
    order = hidden_order(names, stem)
    return [_joined(stem, names[i]) for i in order], order.index(right)


def _read_pair(where: str, row: Row) -> Read:
    _check_shared(where, row)
    stem = text_of(where, "text", row["text"]) if "text" in row else ""
    names = ("chosen", "rejected")
    pair = [_joined(stem, text_of(where, name, value_of(where, row, name))) for name in names]
    if pair[0] == pair[1]:
        raise DataError(f"{where}: 'chosen' and 'rejected' are the same text")
    order = hidden_order(pair)
    return [pair[i] for i in order], order.index(0)


def _joined(stem: str, text: str) -> str:
    """The question and an answer to it; a dialogue has its prompt as its first message."""
    if not stem:
        return text
    return text.after(stem) if isinstance(text, Dialogue) else f"{stem}\n{text}"


def _check_shared(where: str, row: Row) -> None:
    for field in ("id", "cluster"):
        check_present(where, field, row.get(field))


def _vector(where: str, value: Any) -> list[float]:
    try:
        vector = [float(number) for number in list_of(where, "vector", value)]
    except (TypeError, ValueError, OverflowError):
        raise DataError(f"{where}: 'vector' must be a list of numbers") from None
    if not all(abs(number) < LARGEST for number in vector):
        raise DataError(f"{where}: 'vector' has a number that is not finite, or beyond 1e30")
    return vector


def _gather(places: Sequence[str], inputs: Sequence[Any], kind: Kind) -> np.ndarray:
    """Inputs as one array: (N,) texts, (N, K) texts or (N, columns) float32 vectors."""
    if isinstance(inputs[0], str):
        found = np.empty(len(inputs), dtype=object)
        found[:] = inputs
        return found
    if kind != "classification":
        return _grid(inputs)
    count = len(inputs[0])
    for where, one in zip(places, inputs, strict=True):
        if isinstance(one, str) or len(one) != count:
            size = "a text" if isinstance(one, str) else f"{len(one)} numbers"
            raise DataError(f"{where}: {size} where the first row has {count} numbers")
    return np.array(inputs, np.float32)


def _grid(texts: Sequence[Sequence[str]]) -> np.ndarray:
    """(N, K) texts, K the largest number of choices; None fills the places of shorter items."""
    grid = np.full((len(texts), max(map(len, texts))), None, dtype=object)
    for row, own in zip(grid, texts, strict=True):
        row[: len(own)] = own
    return grid
