"""Content of a given task: its rows as JSON lines, and its array of inputs as `.npy`.

The file of rows has the fields of a task file, so `--task objects/NAME@DIGEST.jsonl` reads it too.
"""

from __future__ import annotations

import datetime
import io
import json
from collections.abc import Iterable
from typing import Any

import numpy as np

from truing.errors import DataError
from truing.given import GivenObject
from truing.tasks._fields import FileRow, FileRows
from truing.tasks._read_rows import json_rows

ROWS, INPUTS = ".jsonl", ".npy"


def write_content(rows: Iterable[FileRow], inputs: np.ndarray | None) -> dict[str, bytes]:
    """Files of a task by suffix."""
    files = {ROWS: "".join(json.dumps(row) + "\n" for row in rows).encode()}
    if inputs is not None:
        body = io.BytesIO()
        np.lib.format.write_array(body, inputs, allow_pickle=False)
        files[INPUTS] = body.getvalue()
    return files


def read_content(found: GivenObject) -> FileRows:
    """(place, row) of each row of a given task."""
    rows = list(json_rows(f"{found.name}, row", found.files[ROWS].decode()))
    if INPUTS not in found.files:
        return rows
    body = io.BytesIO(found.files[INPUTS])
    return with_inputs(rows, np.lib.format.read_array(body, allow_pickle=False))


def with_inputs(rows: FileRows, inputs: np.ndarray | None) -> FileRows:
    """Rows with an array of inputs, if there is one, as their field `vector`."""
    if inputs is None:
        return rows
    placed = zip(rows, inputs, strict=True)
    return [(where, row | {"vector": vector}) for (where, row), vector in placed]


def plain_rows(name: str, rows: Iterable[FileRow]) -> FileRows:
    """(place, row) of each row of an object, with the values that its JSON lines have.

    Raises:
        DataError: a value that JSON cannot express.
    """
    lines = []
    for number, row in enumerate(rows, start=1):
        try:
            lines.append(json.dumps(row, default=_plain))
        except (TypeError, ValueError, RecursionError) as error:
            raise DataError(f"{name}, row {number}: {error}") from None
    return list(json_rows(f"{name}, row", "\n".join(lines)))


def _plain(value: Any) -> Any:
    """A value of NumPy or of a calendar as a value of JSON."""
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    if isinstance(value, datetime.date):
        return value.isoformat()
    raise TypeError(
        f"a value of type {type(value).__name__}; allowed: texts, numbers, true/false and lists"
    )
