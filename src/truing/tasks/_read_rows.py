"""Rows of a file; the ending of its name determines the format.

| name ends in | content |
|---|---|
| `.jsonl` | one JSON object per line |
| `.json` | one JSON array of objects, or one object per line |
| `.csv`, `.tsv` | a header line, then one line per row; an empty cell is null, `nan` is NaN |
| `.parquet` | a table; needs pyarrow |

`.gz` may follow each ending.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import math
import re
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from truing.errors import DataError, UserError
from truing.json_lines import parse_lines
from truing.registry import Registry
from truing.specification import Specification
from truing.tasks._fields import FileRow, FileRows, name_fields

PREFIX = re.compile(r"[\w-]+:")  # of a registered name, such as hf:sciq
LONGEST_CELL = 2**31 - 1  # characters; the csv module's own limit is 131,072


def as_file(text: str, registry: Registry[Any]) -> Specification:
    """Specification with `file:` before the name of a file of rows; any other unchanged.

    Args:
        text: the specification.
        registry: registered names. They have priority over files in the working directory.

    Raises:
        DataError: the name is a directory, or a file of an unknown type.

    Examples:
        >>> from truing.tasks import TASKS, as_file
        >>> as_file("items.csv,truth=label", TASKS)
        Specification(name='file:items.csv', arguments={'truth': 'label'})
    """
    specification = Specification.parse(text)
    name = specification.name
    is_file = Path(name).is_file()
    if PREFIX.match(name) and not is_file:
        return specification
    if not name:
        raise DataError(f"the {registry.kind} must be a name or a file, got ''")
    if Path(name).is_dir() and not registry.contains(specification):
        raise DataError(f"{name} is a directory; name a file in it{_hub_hint(name, registry)}")
    if _form(name) in FORMS:
        return replace(specification, name=f"file:{name}")
    if is_file and _form(name) != ".py" and not registry.contains(specification):
        raise DataError(
            f"{name}: unknown file type {_form(name)!r}; allowed: {', '.join(FORMS)} (.gz may "
            "follow each); convert the file"
        )
    return specification


def _hub_hint(name: str, registry: Registry[Any]) -> str:
    """Hint on how to read a directory as a data set; empty if that is not possible."""
    typed = name if name.startswith(("/", "./", "../")) else f"./{name}"
    if not registry.contains(Specification(f"hf:{typed}")):
        return ""
    return f", or read the data set in it: hf:{typed}"


def read_rows(path: Path, no_texts: Sequence[str] = ()) -> Iterator[tuple[str, FileRow]]:
    """(place, row) of each row of a file, with a place such as `items.csv, line 3`.

    A file with an unknown ending is read as JSONL.

    Args:
        path: the file.
        no_texts: names of fields that contain numbers, lists or true/false. Cells of a CSV or TSV
            file are converted in these fields (`0.6`, `[0.9, 0.1]`, `true`); all other cells are
            texts.

    Raises:
        DataError: there is no such file, it has no row, or a row cannot be read.
        UserError: the file is a Parquet file, and pyarrow is not installed.

    Examples:
        >>> import tempfile
        >>> from pathlib import Path
        >>> from truing.tasks import read_rows
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder, "items.csv")
        ...     _ = path.write_text("id,score\\na,0.5")
        ...     [row for _, row in read_rows(path, no_texts=["score"])]
        [{'id': 'a', 'score': 0.5}]
    """
    found, form = False, _form(path.name)
    converted = no_texts if form in (".csv", ".tsv") else ()
    for where, row in FORMS.get(form, _json_lines)(path):
        found = True
        yield where, row | {name: _value(row[name]) for name in converted if name in row}
    if not found:
        raise DataError(f"{path} is empty; it needs at least one row")


def read_fields(path: str, **names: str) -> FileRows:
    """(place, row) of each row of a file, with the named fields only (`Fields`).

    Args:
        path: the file.
        names: for each field, its name in the file. Fields that are null are left out.

    Raises:
        DataError: as in `read_rows`, or no row has a renamed field.
    """
    return name_fields(path, list(read_rows(Path(path))), names)


def _form(name: str) -> str:
    return Path(name.lower().removesuffix(".gz")).suffix


def json_rows(place: str, text: str) -> Iterator[tuple[str, FileRow]]:
    """(place, row) of each line of a text of JSON lines.

    Args:
        place: name of the text and of a line, for messages: `items.jsonl, line`.
        text: the text.

    Raises:
        DataError: a line is not a JSON object.
    """
    for line in parse_lines(text):
        where = f"{place} {line.number}"
        if line.error:
            raise _no_json(where, line.error)
        yield where, _object(where, line.value)


def _json_lines(path: Path) -> Iterator[tuple[str, FileRow]]:
    return json_rows(f"{path}, line", _text(path))


def _json_array(path: Path) -> Iterator[tuple[str, FileRow]]:
    text = _text(path)
    if not text.lstrip().startswith("["):
        yield from _json_lines(path)
        return
    try:
        rows = json.loads(text)
    except (RecursionError, ValueError) as error:
        raise _no_json(str(path), error) from None
    for number, row in enumerate(rows, start=1):
        where = f"{path}, item {number}"
        yield where, _object(where, row)


def _no_json(where: str, error: Exception) -> DataError:
    if not isinstance(error, json.JSONDecodeError):
        return DataError(f"{where}: unusable JSON ({type(error).__name__})")
    line = f"line {error.lineno}, " if "\n" in error.doc.strip() else ""
    return DataError(f"{where}: not JSON ({error.msg} at {line}column {error.colno})")


def _object(where: str, row: Any) -> FileRow:
    """A row as an object, after a check that its texts can be encoded as UTF-8."""
    if not isinstance(row, dict):
        raise DataError(f"{where}: a row must be a JSON object, not {type(row).__name__}")
    try:
        json.dumps(row, ensure_ascii=False).encode()
    except (RecursionError, ValueError) as error:
        raise _no_json(where, error) from None
    return row


def _table(path: Path) -> Iterator[tuple[str, FileRow]]:
    """Rows of a CSV or TSV file; each cell is a text, NaN or None."""
    csv.field_size_limit(LONGEST_CELL)
    delimiter = "\t" if _form(path.name) == ".tsv" else ","
    lines = csv.reader(io.StringIO(_text(path), newline=""), delimiter=delimiter, strict=True)
    header: list[str] = []
    while True:
        where = f"{path}, line {lines.line_num + 1}"
        try:
            cells = next(lines, None)
        except csv.Error as error:
            raise DataError(f"{where}: not a row of a table ({error})") from None
        if cells is None:
            return
        if not cells:
            continue
        if not header:
            header = _header(where, cells)
            continue
        if len(cells) != len(header):
            raise DataError(
                f"{where}: {len(cells)} cells, but the header has {len(header)}; put a cell that "
                "contains the separator into double quotes"
            )
        yield where, dict(zip(header, map(_cell, cells), strict=True))


def _cell(text: str) -> str | float | None:
    if text.lower() == "nan":
        return math.nan
    return text or None


def _value(cell: str | float | None) -> Any:
    """Number, list or true/false in a cell; any other cell unchanged."""
    if not isinstance(cell, str):
        return cell
    try:
        number = float(cell)
    except ValueError:
        return _json_value(cell)
    return int(number) if number.is_integer() else number


def _json_value(cell: str) -> Any:
    try:
        return json.loads(cell.lower() if cell.lower() in ("true", "false") else cell)
    except (RecursionError, ValueError):
        return cell


def _header(where: str, cells: list[str]) -> list[str]:
    twice = next((name for name in cells if cells.count(name) > 1), None)
    if twice is not None:
        raise DataError(
            f"{where}: the header names the column {twice!r} twice; column names must be unique"
        )
    return cells


def _parquet(path: Path) -> Iterator[tuple[str, FileRow]]:
    try:
        import pyarrow.parquet
    except ImportError:
        raise UserError(f"{path}: Parquet files need pyarrow: pip install pyarrow") from None
    content = _content(path)
    try:
        rows = pyarrow.parquet.read_table(pyarrow.BufferReader(content)).to_pylist()
    except (OSError, ValueError, pyarrow.ArrowException) as error:
        raise DataError(_unreadable(path, error)) from None
    for number, row in enumerate(rows, start=1):
        yield f"{path}, row {number}", row


def _text(path: Path) -> str:
    try:
        return _content(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(_unreadable(path, error)) from None


def _content(path: Path) -> bytes:
    try:
        content = path.read_bytes()
        return gzip.decompress(content) if path.name.lower().endswith(".gz") else content
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(_unreadable(path, error)) from None


def _unreadable(path: Path, error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return f"{path}: no such file"
    if isinstance(error, IsADirectoryError):
        return f"{path} is a folder; name a file in it"
    if isinstance(error, UnicodeDecodeError):
        return f"{path} is not a text file in UTF-8 (byte {error.start}); convert it to UTF-8"
    return f"{path} cannot be read: {' '.join(str(error).split())}"


FORMS: dict[str, Callable[[Path], Iterator[tuple[str, FileRow]]]] = {
    ".jsonl": _json_lines,
    ".json": _json_array,
    ".csv": _table,
    ".tsv": _table,
    ".parquet": _parquet,
}
