"""Fields of items: the other columns of a file or an object, which shifts of a study refer to.

They stay beside the vault in the `Source`, since a column may contain or predict the ground truth.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

TRUE_OR_FALSE = {"true", "false"}


def fields_of(rows: Sequence[Mapping[str, Any]]) -> dict[str, np.ndarray]:
    """(N,) values by field: numbers with NaN, or texts with None, for a missing value.

    true and false are the texts `true` and `false`. Columns of lists or objects, and columns
    without a value, are no fields.

    Args:
        rows: (N,) values of each item's row by column.

    Examples:
        >>> from truing.tasks import fields_of
        >>> found = fields_of([{"hardness": "0.5", "liberal": True}, {"hardness": 1}])
        >>> {name: values.tolist() for name, values in found.items()}
        {'hardness': [0.5, 1.0], 'liberal': ['true', None]}
    """
    names = dict.fromkeys(name for row in rows for name in row)
    found = {name: _values([row.get(name) for row in rows]) for name in names}
    return {name: values for name, values in found.items() if values is not None}


def plain_fields(fields: Mapping[str, np.ndarray], count: int) -> Iterator[dict[str, Any]]:
    """Values of each of `count` items by field, as values of JSON; without missing values."""
    columns = {name: np.asarray(values).tolist() for name, values in fields.items()}
    for at in range(count):
        row = {name: column[at] for name, column in columns.items()}
        yield {name: value for name, value in row.items() if not _is_missing(value)}


def _values(column: Sequence[Any]) -> np.ndarray | None:
    present = [value for value in column if not _is_missing(value)]
    if not present or not all(isinstance(value, str | bool | int | float) for value in present):
        return None
    numbers = [None if _is_missing(value) else _number(value) for value in column]
    if sum(number is not None for number in numbers) == len(present):
        return np.array([math.nan if one is None else one for one in numbers], np.float64)
    texts = [None if _is_missing(value) else _text(value) for value in column]
    if {one.lower() for one in texts if one is not None} <= TRUE_OR_FALSE:
        texts = [one and one.lower() for one in texts]
    found = np.empty(len(texts), dtype=object)
    found[:] = texts
    return found


def _is_missing(value: Any) -> bool:
    return value is None or value == "" or (isinstance(value, float) and math.isnan(value))


def _number(value: Any) -> float | None:
    """A number, or a text that is a number; None for other values and for true and false."""
    if isinstance(value, bool):
        return None
    try:
        return float(value)
    except (ValueError, OverflowError):
        return None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
