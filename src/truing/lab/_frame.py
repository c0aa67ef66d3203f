"""Frame: rows as a pandas data frame."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from truing.errors import UserError


def to_frame(rows: Iterable[Mapping[str, Any]]) -> Any:
    """Convert rows to a tidy pandas data frame with one column per value.

    Names of nested fields are joined by `_`. Fields that a row lacks are missing values.

    Raises:
        UserError: pandas is not installed.
    """
    try:
        import pandas
    except ModuleNotFoundError:
        raise UserError(
            "to_pandas() needs pandas, which is not installed: pip install pandas"
        ) from None
    listed = list(rows)
    parts = {name for row in listed for name, value in row.items() if isinstance(value, Mapping)}
    return pandas.DataFrame([dict(_flat(row, parts)) for row in listed])


def _flat(
    row: Mapping[str, Any], parts: Iterable[str] = (), prefix: str = ""
) -> Iterator[tuple[str, Any]]:
    for name, value in row.items():
        if isinstance(value, Mapping):
            yield from _flat(value, (), f"{prefix}{name}_")
        elif name not in parts:  # a missing nested field, which another row has
            yield prefix + name, value
