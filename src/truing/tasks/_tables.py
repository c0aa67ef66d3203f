"""Tables: the rows of a given object, such as a data frame, a data set or arrays.

| object | task |
|---|---|
| `pandas.DataFrame`, `datasets.Dataset` | a row for each item; columns named as fields of a file |
| list of dicts | rows like those of a JSONL file |
| `(X, y)`, `(X, y, clusters)` | classification of texts, vectors (n, d) or images (n, h, w) |
| `Source` | a task that was made in Python, see `make_task` |
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from truing.errors import DataError, UserError
from truing.tasks._dialogue import Dialogue
from truing.tasks._fields import FileRow
from truing.tasks._item_fields import plain_fields
from truing.tasks._read_item import NO_TRUTH
from truing.tasks._source import Source
from truing.tasks._truth import name_order
from truing.tasks._vault import UNANSWERABLE

FORMS = (
    "a name, a file, a DataFrame, a Dataset, a list of dicts, a tuple of arrays (X, y), or the "
    "result of truing.load_task"
)
ARRAYS = (
    "a tuple is one task, (X, y) or (X, y, clusters); write several tasks as a list, [task, task]"
)
PLAIN = ("Value", "ClassLabel")  # features of a data set that are texts or numbers
FIELD_VALUES = (str, bool, int, float, np.bool_, np.integer, np.floating)  # of `fields_of`


@dataclass(frozen=True)
class Table:
    """Rows of a given object.

    Attributes:
        name: name of the task, unless the user gives one.
        columns: names of all columns.
        rows: function from names of columns to rows with these columns.
        inputs: (N, columns) or (N, height, width) float32, if the object has such an array.
        rules: arguments of the task that the object determines.
        plain: names of the columns that may be fields, see `fields_of`; None for all columns.
    """

    name: str
    columns: Sequence[str]
    rows: Callable[[Sequence[str]], list[FileRow]]
    inputs: np.ndarray | None = None
    rules: Mapping[str, Any] = field(default_factory=dict)
    plain: Sequence[str] | None = None


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
    if isinstance(given, Source):
        return _source(given)
    if isinstance(given, tuple):
        return _arrays(given)
    if isinstance(given, list) and given and all(isinstance(row, Mapping) for row in given):
        return _rows(given)
    raise UserError(f"an object of type {type(given).__name__} is not a task; a task is {FORMS}")


def with_fields(table: Table, used: Sequence[str]) -> list[FileRow]:
    """Rows with the used columns, and the values of other columns that are texts or numbers."""
    rows = table.rows(used)
    plain = table.columns if table.plain is None else table.plain
    others = [one for one in plain if one not in (*used, "vector")]
    for row, more in zip(rows, table.rows(others) if others else rows, strict=True):
        values = {name: value for name, value in more.items() if isinstance(value, FIELD_VALUES)}
        row |= {name: value for name, value in values.items() if name not in row}
    return rows


def _rows(
    given: Sequence[Mapping[Any, Any]], name: str = "rows", inputs: np.ndarray | None = None
) -> Table:
    columns = list(dict.fromkeys(str(column) for row in given for column in row))
    columns += [] if inputs is None else ["vector"]

    def rows(used: Sequence[str]) -> list[FileRow]:
        return [{column: row[column] for column in used if column in row} for row in given]

    return Table(name, columns, rows, inputs)


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
            names = getattr(feature, "names", ())
            for row in found if names else ():
                label = row[column]
                row[column] = names[label] if label is not None and label >= 0 else None
        return found

    # Other columns, such as images, would be decoded.
    plain = [name for name, one in data.features.items() if type(one).__name__ in PLAIN]
    return Table(data.info.dataset_name or "dataset", data.column_names, rows, plain=plain)


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
    values = {"truth": _labels("y", given[1], len(inputs))}
    if len(given) == 3:
        values["cluster"] = _labels("clusters", given[2], len(inputs))
    if isinstance(inputs, list):
        return _rows(_transposed({"text": inputs, **values}), "arrays")
    return _rows(_transposed(values), "arrays", inputs)


def _transposed(values: Mapping[str, Sequence[Any]]) -> list[FileRow]:
    return [dict(zip(values, row, strict=True)) for row in zip(*values.values(), strict=True)]


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


def _source(source: Source) -> Table:
    """Rows of a task that was made in Python."""
    task = source.task
    truth = source.vault.reveal(np.arange(len(task)), "keep")
    is_texts, others = task.medium == "texts", plain_fields(source.fields, len(task))
    rows: list[FileRow] = []
    for item, right, other in zip(task.items, truth.tolist(), others, strict=True):
        row: FileRow = {**other, "id": item.id, "cluster": item.cluster}
        if is_texts and (item.stem or task.kind == "classification"):
            row["text"] = _messages(item.text)
        if right == UNANSWERABLE:
            row["group"] = NO_TRUTH
        elif task.kind == "classification":
            row["truth"] = task.choices[right]
        elif task.kind == "preference":
            row["chosen"], row["rejected"] = (
                _messages(item.choices[at]) for at in (right, 1 - right)
            )
        else:
            row |= {"choices": list(map(_messages, item.choices)), "truth": right}
        rows.append(row)
    rules: dict[str, Any] = {"truth_is": "index"} if task.kind == "multiple choice" else {}
    if task.kind == "classification" and list(task.choices) != sorted(
        {task.choices[right] for right in truth if right != UNANSWERABLE}, key=name_order
    ):
        rules = {"classes": task.choices}
    inputs = None if is_texts else np.ascontiguousarray(task.inputs, np.float32)
    return replace(_rows(rows, task.name, inputs), rules=rules)


def _messages(text: str) -> Any:
    """A text; a dialogue as its messages."""
    if not isinstance(text, Dialogue):
        return text
    return [{"role": role, "content": said} for role, said in text.messages]
