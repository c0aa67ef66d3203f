"""Tables: the rows of a given object, such as a data frame, a data set or arrays.

| object | task |
|---|---|
| `pandas.DataFrame`, `datasets.Dataset` | a row for each item; columns named as fields of a file |
| list of dicts | rows like those of a JSONL file |
| `(X, y)`, `(X, y, clusters)` | classification of texts, vectors (n, d) or images (n, h, w) |
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from truing.errors import DataError, UserError
from truing.tasks._fields import FileRow

FORMS = (
    "a name, a file, a DataFrame, a Dataset, a list of dicts, a tuple of arrays (X, y), or the "
    "result of truing.load_task"
)
ARRAYS = (
    "a tuple is one task, (X, y) or (X, y, clusters); write several tasks as a list, [task, task]"
)


@dataclass(frozen=True)
class Table:
    """Rows of a given object.

    Attributes:
        name: name of the task, unless the user gives one.
        columns: names of all columns.
        rows: function from names of columns to rows with these columns.
        inputs: (N, columns) or (N, height, width) float32, if the object has such an array.
    """

    name: str
    columns: Sequence[str]
    rows: Callable[[Sequence[str]], list[FileRow]]
    inputs: np.ndarray | None = None


def as_table(given: object) -> Table:
    """Rows of an object.

    Raises:
        DataError: arrays of wrong shape or type.
        UserError: an object that is not a task.
    """
    for library, kind, read in LIBRARIES:
        loaded = getattr(sys.modules.get(library), kind, None)  # imported by the user, if at all
        if loaded is not None and isinstance(given, loaded):
            return read(given)
    if isinstance(given, tuple):
        return _arrays(given)
    if isinstance(given, list) and given and all(isinstance(row, Mapping) for row in given):
        return _rows(given)
    raise UserError(f"an object of type {type(given).__name__} is not a task; a task is {FORMS}")


def _rows(given: Sequence[Mapping[Any, Any]]) -> Table:
    columns = list(dict.fromkeys(str(name) for row in given for name in row))
    return Table(
        "rows", columns, lambda used: [{n: row[n] for n in used if n in row} for row in given]
    )


def _frame(frame: Any) -> Table:
    """Rows of a data frame; a missing value (NaN, None, NA) is a missing field."""
    columns = [str(name) for name in frame.columns]
    if len(set(columns)) < len(columns):
        twice = next(name for name in columns if columns.count(name) > 1)
        raise DataError(f"dataframe has the column {twice!r} twice; column names must be unique")

    def rows(used: Sequence[str]) -> list[FileRow]:
        part = frame.iloc[:, [columns.index(name) for name in used]].set_axis(list(used), axis=1)
        for name in used:
            known = part[name].dropna()
            # pandas stores integers with missing values as floats.
            if known.dtype.kind == "f" and len(known) < len(part) and (known % 1 == 0).all():
                part = part.assign(**{name: part[name].astype("Int64")})
        return part.astype(object).where(part.notna(), None).to_dict("records")

    return Table("dataframe", columns, rows)


def _dataset(data: Any) -> Table:
    """Rows of a data set; the classes of a `ClassLabel` have their names."""

    def rows(used: Sequence[str]) -> list[FileRow]:
        part = data.select_columns(list(used))
        found = part.to_list()
        for column, feature in part.features.items():
            names = getattr(feature, "names", None)
            for row in found if names else ():
                label = row[column]
                row[column] = names[label] if isinstance(label, int) and label >= 0 else None
        return found

    return Table(data.info.dataset_name or "dataset", data.column_names, rows)


def _splits(data: Mapping[str, Any]) -> Table:
    raise UserError(
        f"a {type(data).__name__} has several splits; choose one, such as "
        f"dataset[{next(iter(data), 'train')!r}]"
    )


def _stream(data: Any) -> Table:
    raise UserError(
        "an IterableDataset has no length; load the data set without streaming, or take rows: "
        "list(dataset.take(1000))"
    )


LIBRARIES: tuple[tuple[str, str, Callable[[Any], Table]], ...] = (
    ("pandas", "DataFrame", _frame),
    ("datasets", "Dataset", _dataset),
    ("datasets", "DatasetDict", _splits),
    ("datasets", "IterableDatasetDict", _splits),
    ("datasets", "IterableDataset", _stream),
)


def _arrays(given: tuple[Any, ...]) -> Table:
    if len(given) not in (2, 3):
        raise UserError(f"a tuple of {len(given)} elements is not a task; {ARRAYS}")
    inputs = _inputs(given[0])
    columns = {"text" if isinstance(inputs, list) else "vector": inputs}
    for name, field, labels in zip(
        ("y", "clusters"), ("truth", "cluster"), given[1:], strict=False
    ):
        columns[field] = _labels(name, labels, len(inputs))
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    is_texts = isinstance(inputs, list)
    return Table("arrays", list(columns), lambda used: rows, None if is_texts else inputs)


def _inputs(given: Any) -> list[str] | np.ndarray:
    """N texts, or (N, columns) or (N, height, width) float32."""
    given_type = type(given).__name__
    try:
        array = np.asarray(given)
        if array.ndim == 1 and array.dtype.kind in "OTU" and len(array):
            texts = array.tolist()
            if all(isinstance(text, str) for text in texts):
                return texts
        if array.dtype.kind == "O" and array.ndim > 1:
            array = array.astype(np.float32)
    except (TypeError, ValueError):
        raise UserError(_no_inputs(f"an object of type {given_type}")) from None
    if array.dtype.kind not in "biuf" or array.ndim not in (2, 3) or not array.size:
        what = f"an array of shape {array.shape} and type {array.dtype}"
        raise UserError(_no_inputs(what if array.ndim else f"an object of type {given_type}"))
    with np.errstate(over="ignore"):  # the reader refuses infinity
        return np.ascontiguousarray(array, np.float32)


def _no_inputs(what: str) -> str:
    allowed = "n texts, vectors (n, columns) or images (n, height, width)"
    return f"X is {what}; X must be {allowed}; {ARRAYS}"


def _labels(name: str, given: Any, count: int) -> list[Any]:
    array = np.asarray(given)
    if array.shape != (count,):
        raise UserError(
            f"{name} has shape {array.shape}, but X has {count} items; {name} must have shape "
            f"({count},); {ARRAYS}"
        )
    return array.tolist()
